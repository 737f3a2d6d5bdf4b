# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Managers of five makes walk an agent, and agree on every variable; sourced after lib.sh.
# VOLATILE: the columns, as an extended expression below the module's objects, that change
# between two walks.  All else stands still while the counters of changes do, which the walks
# have among their variables (cdatTableVersion, cdatEventLast, cdatPathDownCount, each LastChange):
# so one is judged by a walk of before it that is that of after it too.

managers_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

steady() { grep -vE "^$MIB_ROOT\.1\.($VOLATILE)\."; }

# net_snmp HOST COMMAND AGENT [OPTION...]: without the module Net-SNMP shows numbers.
net_snmp() {
	local host=$1 command=$2 agent=$3; shift 3
	MIBS='' lab_run "$host" "$command" -v2c -c public -r 2 -t 5 -OqnetxU "$@" "$agent" "$MIB_ROOT" |
		# octets come in lines of sixteen
		awk '/^\./ { if (l != "") print l; l = $0; next } { l = l $0 } END { print l }' |
		sed -E 's/^([^ ]*) (.*)/\1 \L\2/; s/^([^ ]*) "(.*)"/\1 \2/' |
		awk '{ v = ""; for (i = 2; i <= NF; i++) v = v $i; print $1 " " v }' | steady >"$LAB_DIR/walk"
	grep -qx '\.[0-9].* 1' "$LAB_DIR/walk" && cat "$LAB_DIR/walk"
}
# own_walk HOST PROGRAM...: prints "OID value" lines itself
own_walk() { local host=$1; shift; lab_run "$host" "$@" | steady; }

# reference HOST COMMAND AGENT: the walk that others are compared with, in $LAB_DIR/reference
reference() {
	walk_again=("$@")
	check "a walk by $2 at $3" referred && mv "$LAB_DIR/again" "$LAB_DIR/reference"
}
referred() { net_snmp "${walk_again[@]}" >"$LAB_DIR/again"; }

# agrees NAME COMMAND...: the command's walk is the reference.  Where that is another one by then,
# a row changed meanwhile, and both are taken again.
agrees() {
	local name=$1 i; shift
	for ((i = 0; i < 20; i++)); do
		"$@" >"$LAB_DIR/theirs" 2>"$LAB_DIR/complaint"
		wait_for 20 referred || break
		if cmp -s "$LAB_DIR/reference" "$LAB_DIR/again"; then
			check "$name agrees on $(wc -l <"$LAB_DIR/reference") variables" \
				diff "$LAB_DIR/reference" "$LAB_DIR/theirs" || sed 's/^/#   /' "$LAB_DIR/complaint"
			return
		fi
		mv "$LAB_DIR/again" "$LAB_DIR/reference"
	done
	not_ok "$name: no walk stands still"
}

# npm's net-snmp comes from its registry into the build directory, once; prints why not.
npm_missing() {
	command -v node >/dev/null && command -v npm >/dev/null || { echo "node and npm are not installed"; return; }
	[ -d "$CDAT_BUILD/npm/node_modules/net-snmp" ] ||
		npm install --prefix "$CDAT_BUILD/npm" --no-audit --no-fund --silent net-snmp >"$LAB_DIR/npm.log" 2>&1 ||
		echo "npm cannot install net-snmp here"
}

# managers_agree HOST AGENT
managers_agree() {
	local host=$1 agent=$2 n no_npm
	for n in 1 7 50; do
		agrees "snmpbulkwalk -Cr$n at $agent" net_snmp "$host" snmpbulkwalk "$agent" -Cr$n
	done
	if perl -MNet::SNMP -e1 2>/dev/null; then
		agrees "Perl Net::SNMP at $agent" own_walk "$host" perl "$managers_dir/walk.pl" "$agent" "$MIB_ROOT"
	else
		skip "Perl Net::SNMP at $agent: libnet-snmp-perl is not installed"
	fi
	if /usr/bin/python3 -c 'import pysnmp.hlapi' 2>/dev/null; then
		agrees "pysnmp at $agent" own_walk "$host" /usr/bin/python3 "$managers_dir/walk.py" "$agent" "$MIB_ROOT"
	else
		skip "pysnmp at $agent: python3-pysnmp4 is not installed"
	fi
	no_npm=$(npm_missing)
	if [ -z "$no_npm" ]; then
		agrees "npm net-snmp at $agent" own_walk "$host" \
			env "NODE_PATH=$CDAT_BUILD/npm/node_modules" node "$managers_dir/walk.js" "$agent" "$MIB_ROOT"
	else
		skip "npm net-snmp at $agent: $no_npm"
	fi
}
