# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Managers of five makes walk an agent, and agree on every variable; sourced after lib.sh.
# VOLATILE: the columns, as an extended expression below the module's objects, that change
# between two walks.

managers_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

steady() { grep -vE "^$MIB_ROOT\.1\.($VOLATILE)\."; }

# net_snmp HOST COMMAND AGENT [OPTION...]: without the module Net-SNMP shows numbers.
net_snmp() {
	local host=$1 command=$2 agent=$3; shift 3
	MIBS='' lab_run "$host" "$command" -v2c -c public -r 0 -t 5 -OqnetxU "$@" "$agent" "$MIB_ROOT" |
		# octets come in lines of sixteen
		awk '/^\./ { if (l != "") print l; l = $0; next } { l = l $0 } END { print l }' |
		sed -E 's/^([^ ]*) (.*)/\1 \L\2/; s/^([^ ]*) "(.*)"/\1 \2/' |
		awk '{ v = ""; for (i = 2; i <= NF; i++) v = v $i; print $1 " " v }' | steady >"$LAB_DIR/walk"
	grep -qx '\.[0-9].* 1' "$LAB_DIR/walk" && cat "$LAB_DIR/walk"
}
# own_walk HOST PROGRAM...: prints "OID value" lines itself
own_walk() { local host=$1; shift; lab_run "$host" "$@" | steady; }

same() {
	diff "$LAB_DIR/reference" - | head -n 5 | sed 's/^/#   /' >"$LAB_DIR/diff"
	[ ! -s "$LAB_DIR/diff" ] || { cat "$LAB_DIR/diff"; false; }
}
# agrees NAME COMMAND...: the command's walk is that of $LAB_DIR/reference
agrees() {
	local name=$1; shift
	if "$@" | same; then
		ok "$name agrees on $(wc -l <"$LAB_DIR/reference") variables"
	else
		not_ok "$name"
		cat "$LAB_DIR/diff"
	fi
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
