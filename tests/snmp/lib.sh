# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests of the SNMP agent share, on top of the harness of the labs: a master
# agent, a trap receiver and cdat-agentx in a host of the lab, and managers' commands.
#
#   . "$(dirname "$0")/lib.sh"
#   snmp_begin NAME "$@"; lab_host a; snmp_servicer a; snmp_master a; snmp_agent a; ...
#
# The ports are the same in each: every host of a lab is a namespace of its own.

# shellcheck source=tests/labs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../labs/lib.sh"
# the programs of the tests: a fake servicer of FIG. 5
export PATH="$CDAT_BUILD/tests/snmp:$PATH"

SNMPD=127.0.0.1:1610		# the master agent
ALONE=127.0.0.1:1611		# the stand-alone agent
TRAPD=127.0.0.1:1620

snmp_begin() {
	lab_begin "$@"
	local p
	for p in snmpd snmptrapd snmpget snmpset snmpbulkwalk; do
		command -v $p >/dev/null || { skip "no program $p"; exit 0; }
	done
	command -v cdat-agentx >/dev/null || { skip "cdat-agentx is not built"; exit 0; }
	mkdir -p "$LAB_DIR/snmp/cert_indexes" "$LAB_DIR/mibs"
	cp "$lab_top/mib/CDAT-MIB.txt" "$LAB_DIR/mibs/"
	[ ! -e "$CDAT_BUILD/mib/build/CDAT-MIB.txt" ] || cp "$CDAT_BUILD/mib/build/CDAT-MIB.txt" "$LAB_DIR/mibs/"
	export SNMPCONFPATH=$LAB_DIR/snmp SNMP_PERSISTENT_DIR=$LAB_DIR/snmp
	export MIBDIRS=$LAB_DIR/mibs:$lab_top/mib/base MIBS=CDAT-MIB
	MIB_ROOT=$(snmptranslate -On CDAT-MIB::cdatMIB 2>/dev/null) || die "the module does not load"
	# Net-SNMP keeps some of its own memory until it exits.
	echo 'leak:libnetsnmp' >"$LAB_DIR/lsan"
	export LSAN_OPTIONS=suppressions=$LAB_DIR/lsan:print_suppressions=0
}

# ---- processes of a host ----

# snmp_servicer HOST [NODES ADAPTERS]: the fake servicer; orders by `order HOST LINE`.
snmp_servicer() {
	local host=$1 fifo=$LAB_DIR/$1/orders; shift
	command -v fake_servicer >/dev/null || { skip "tests/snmp/fake_servicer is not built"; exit 0; }
	mkfifo "$fifo"
	exec {snmp_fd}<>"$fifo"
	# shellcheck disable=SC2016
	lab_spawn "$host" servicer sh -c 'fifo=$1; shift; exec fake_servicer "$@" <"$fifo"' sh \
		"$fifo" "$LAB_DIR/$host/cdatd.sock" "$@"
	wait_for 20 grep -q '^ready' "$LAB_DIR/$host/servicer.log" || die "the fake servicer does not start"
}
order() { printf '%s\n' "${*:2}" >"$LAB_DIR/$1/orders"; }
# told HOST PATTERN: how many lines the fake servicer has printed that match
told() { grep -cE "$2" "$LAB_DIR/$1/servicer.log"; }

# lines that the master agent and the stand-alone agent have in common
snmp_users() {
	cat <<-END
		createUser admin SHA-256 "admin pass phrase" AES "admin priv phrase"
		createUser monitor SHA-256 "monitor pass phrase" AES "monitor priv phrase"
		rwuser admin priv
		rouser monitor priv
		rocommunity public
		rwcommunity private
		trap2sink $TRAPD public
	END
}
# agentx_timeout: how many seconds snmpd waits for the agent; its own default is 1
snmp_master() {
	local host=$1 dir=$LAB_DIR/$1
	{ printf 'master agentx\nagentXSocket %s/agentx\nagentXTimeout %d\n' "$dir" "${agentx_timeout:-1}"; snmp_users; } >"$dir/snmpd.conf"
	# its persistent files are its own: users are made anew with each start
	mkdir -p "$dir/snmpd" "$dir/snmpd/cert_indexes"
	rm -f "$dir/agentx" "$dir/snmpd/snmpd.conf"
	lab_spawn "$host" snmpd env SNMP_PERSISTENT_DIR="$dir/snmpd" snmpd -f -Le -C -c "$dir/snmpd.conf" \
		-I -smux,mteTrigger,mteTriggerConf "udp:$SNMPD"
	wait_for 10 lab_run "$host" snmpget -v2c -c public -r 0 -t 1 "$SNMPD" .1.3.6.1.2.1.1.3.0 ||
		die "snmpd does not start"
}
snmp_receiver() {
	echo 'disableAuthorization yes' >"$LAB_DIR/$1/snmptrapd.conf"
	lab_spawn "$1" snmptrapd snmptrapd -f -n -Lo -C -c "$LAB_DIR/$1/snmptrapd.conf" -OQ -F 'TRAP %v\n' "udp:$TRAPD"
	wait_for 10 grep -q NET-SNMP "$LAB_DIR/$1/snmptrapd.log" || die "snmptrapd does not start"
}
snmp_agent() { lab_spawn "$1" agentx cdat-agentx -v -s "$LAB_DIR/$1/cdatd.sock" -x "$LAB_DIR/$1/agentx"; }
snmp_standalone() {
	snmp_users >"$LAB_DIR/$1/standalone.conf"
	chmod 600 "$LAB_DIR/$1/standalone.conf"
	lab_spawn "$1" standalone cdat-agentx -v -s "$LAB_DIR/$1/cdatd.sock" "--standalone=udp:$ALONE" \
		-c "$LAB_DIR/$1/standalone.conf"
}

# snmp_cluster COUNT [LINE]: nodes n1, n2, ... with the numbers 1, 2, ... on two subnets, each
# with its cdatd; n1 has the table, with LINE in it.
snmp_cluster() {
	local count=$1 line=${2:-} h i p
	for p in cdatd cdatctl; do command -v $p >/dev/null || { skip "$p is not built"; exit 0; }; done
	lab_switch net1 net2
	nodes=$(seq -f 'n%.0f' "$count")
	# shellcheck disable=SC2086
	lab_host $nodes
	cdatctl key generate "$LAB_DIR/key" >/dev/null || die "the key cannot be made"
	for h in $nodes; do
		lab_plug "$h" eth0 net1 "9.1.1.${h#n}/24"
		lab_plug "$h" eth1 net2 "9.2.1.${h#n}/24"
		{
			printf 'cluster: %s\nnode: %s\nkey-file: %s\n' "$LAB" "$h" "$LAB_DIR/key"
			if [ "$h" = n1 ]; then
				printf 'table:\n%s  nodes:\n' "${line:+  $line$'\n'}"
				for i in $(seq "$count"); do
					printf '    - {name: n%d, id: %d, adapters: [{id: 1, address: 9.1.1.%d/24}, {id: 2, address: 9.2.1.%d/24, preference: 200}]}\n' \
						"$i" "$i" "$i" "$i"
				done
			else
				printf 'join: [9.1.1.1, 9.2.1.1]\n'
			fi
		} | lab_config "$h"
		lab_cdatd "$h"
	done
}

# ---- managers ----

# get HOST AGENT OBJECT: the value, in words
get() { lab_run "$1" snmpget -v2c -c public -t 2 -r 1 -OqvU "$2" "CDAT-MIB::$3" 2>&1; }
is() { [ "$(get "$1" "$2" "$3")" = "$4" ]; }
at_least() { [ "$(get "$1" "$2" "$3")" -ge "$4" ]; }
answers() { get "$1" "$2" cdatClusterName.0 | grep -q '^[a-z]' && ! get "$1" "$2" cdatClusterName.0 | grep -q 'No Such\|Timeout'; }
# set HOST AGENT {OBJECT TYPE VALUE}...: as the user admin, with authentication and privacy.
# shellcheck disable=SC2046
set_as_admin() {
	local host=$1 agent=$2; shift 2
	lab_run "$host" snmpset -v3 -l authPriv -u admin -a SHA-256 -A "admin pass phrase" -x AES \
		-X "admin priv phrase" -t 10 -r 0 -Ir "$agent" $(objects "$@") 2>&1
}
# objects {OBJECT TYPE VALUE}...: with the module's name, for a command line
objects() {
	while [ $# -gt 0 ]; do
		printf 'CDAT-MIB::%s %s %s ' "$1" "$2" "$3"
		shift 3
	done
}

# traps HOST PATTERN: how many notifications came that match
traps() { grep -cE "^TRAP.*$2" "$LAB_DIR/$1/snmptrapd.log"; }
trap_count() { [ "$(traps "$1" "$2")" = "$3" ]; }
trap_came() { [ "$(traps "$1" "$2")" -ge "${3:-1}" ]; }
