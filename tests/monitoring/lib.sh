# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests of monitoring systems share, on top of the harness of the labs: a live
# cluster of three nodes and a manager, the faults that an operator meets, and their
# repair.
#
#   . "$(dirname "$0")/lib.sh"
#   mon_begin NAME "$@"		# needs root
#   mon_cluster			# nodes node1 node2 node3, each with cdatd, snmpd, cdat-agentx
#   mon_kill node3; ...; mon_revive node3
#   lab_end
#
# Networks: node N has 9.1.1.N (eth0, preferred) and 9.2.1.N (eth1), and 10.99.0.N (eth2)
# where its snmpd listens on port 161; the host "manager" has 10.99.0.100 and nothing
# else, and receives traps there on port 162.  node3 has 9.2.1.33 too, unused, for
# mon_change_address.  Servers of a test listen in the manager on 127.0.0.1 with ports
# above 30000.  The role "primary" is held by node1, or else node2.
#
# SNMP: community public reads; v3 users monitor (reads) and admin (writes), each
# authPriv, SHA-256 and AES, with the pass phrases below.

# shellcheck source=tests/labs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../labs/lib.sh"

MON_NODES='node1 node2 node3'
MON_MANAGER=10.99.0.100
MON_AUTH='monitor pass phrase'
MON_PRIV='monitor priv phrase'
MON_ADMIN_AUTH='admin pass phrase'
MON_ADMIN_PRIV='admin priv phrase'
mon_number() { printf '%s' "${1#node}"; }
mon_address() { printf '10.99.0.%s' "$(mon_number "$1")"; }

# mon_begin NAME ARGUMENT...
mon_begin() {
	if [ "$(id -u)" != 0 ] || [ -n "${LAB_INSIDE:-}" ]; then
		echo "skip - $1: needs root, the servers run as users of their own"
		exit 0
	fi
	lab_begin "$@"
	mon_need snmpd snmpget snmpset cdatd cdatctl cdat-agentx
	mkdir -p "$LAB_DIR/snmp/cert_indexes" "$LAB_DIR/mibs"
	cp "$CDAT_BUILD/mib/build/CDAT-MIB.txt" "$LAB_DIR/mibs/" || die "no module in $CDAT_BUILD/mib/build"
	cp "$lab_top"/mib/base/*.txt "$LAB_DIR/mibs/"
	export SNMPCONFPATH=$LAB_DIR/snmp SNMP_PERSISTENT_DIR=$LAB_DIR/snmp
	export MIBDIRS=$LAB_DIR/mibs MIBS=CDAT-MIB
	# Net-SNMP keeps some of its own memory until it exits.
	echo 'leak:libnetsnmp' >"$LAB_DIR/lsan"
	export LSAN_OPTIONS=suppressions=$LAB_DIR/lsan:print_suppressions=0
}

# mon_need PROGRAM...: the test is skipped if one is missing
mon_need() { lab_need "contrib/install-deps packages-monitoring" "$@"; }

# ---- the cluster ----
mon_cluster() {
	local node n
	lab_switch net1 net2 manage
	# shellcheck disable=SC2086
	lab_host $MON_NODES manager
	lab_plug manager eth0 manage $MON_MANAGER/24
	for node in $MON_NODES; do
		n=$(mon_number "$node")
		lab_plug "$node" eth0 net1 "9.1.1.$n/24"
		lab_plug "$node" eth1 net2 "9.2.1.$n/24"
		lab_plug "$node" eth2 manage "10.99.0.$n/24"
		{ mon_snmpd_conf "$node"; mon_snmpd_more; } >"$LAB_DIR/$node/snmpd.conf"
	done
	lab_address node3 eth1 9.2.1.33/24
	# shellcheck disable=SC2086
	lab_cluster "9.1.1.1, 9.2.1.1" $MON_NODES <<-END
		table:
		  roles: [{name: primary, candidates: [node1, node2]}]
		  nodes:
		$(for n in 1 2 3; do
			echo "    - {name: node$n, id: $n, adapters: [{id: 1, address: 9.1.1.$n/24, preference: 10},"
			echo "       {id: 2, address: 9.2.1.$n/24, preference: 20}]}"
		done)
	END
	for node in $MON_NODES; do mon_start_snmp "$node"; done
	for node in $MON_NODES; do
		await 30 "$node: the agent shows three members in good health" mon_healthy "$node" || exit 1
	done
}

mon_snmpd_conf() {
	cat <<-END
		master agentx
		agentXSocket $LAB_DIR/$1/agentx
		agentXTimeout 1
		createUser monitor SHA-256 "$MON_AUTH" AES "$MON_PRIV"
		createUser admin SHA-256 "$MON_ADMIN_AUTH" AES "$MON_ADMIN_PRIV"
		rouser monitor priv
		rwuser admin priv
		rocommunity public
		trap2sink $MON_MANAGER public
		sysName $1
	END
}

# A test that wants more users or views redefines this.
mon_snmpd_more() { :; }

# mon_start_snmp NODE: snmpd and its subagent
mon_start_snmp() {
	local dir=$LAB_DIR/$1
	# its persistent files are its own: users are made anew with each start
	rm -rf "$dir/snmpd" "$dir/agentx"
	mkdir -p "$dir/snmpd/cert_indexes"
	lab_spawn "$1" snmpd env SNMP_PERSISTENT_DIR="$dir/snmpd" snmpd -f -Le -C -c "$dir/snmpd.conf" \
		-I -smux,mteTrigger,mteTriggerConf "udp:$(mon_address "$1"):161"
	wait_for 10 test -S "$dir/agentx" || die "snmpd of $1 does not start"
	mon_start_agent "$1"
}
mon_start_agent() { lab_spawn "$1" agentx cdat-agentx -s "$LAB_DIR/$1/cdatd.sock" -x "$LAB_DIR/$1/agentx"; }

# ---- what a manager sees ----
# mon_get NODE OBJECT: the value in words, as the agent of the node shows it
mon_get() { lab_run manager snmpget -v2c -c public -t 1 -r 0 -OqvU "$(mon_address "$1")" "CDAT-MIB::$2" 2>&1; }
mon_is() { [ "$(mon_get "$1" "$2")" = "$3" ]; }
mon_healthy() { mon_is "$1" cdatNodesUp.0 3 && mon_is "$1" cdatHealth.0 ok; }
mon_all_healthy() {
	local node
	for node in $MON_NODES; do mon_healthy "$node" || return 1; done
}
# mon_set NODE {OBJECT TYPE VALUE}...: as the user admin
mon_set() {
	local node=$1 args=(); shift
	while [ $# -gt 0 ]; do args+=("CDAT-MIB::$1" "$2" "$3"); shift 3; done
	lab_run manager snmpset -v3 -l authPriv -u admin -a SHA-256 -A "$MON_ADMIN_AUTH" -x AES \
		-X "$MON_ADMIN_PRIV" -t 3 -r 0 -Ir "$(mon_address "$node")" "${args[@]}"
}

# ---- faults, each with its repair ----
MON_PROCESSES='cdatd agentx snmpd'
# mon_kill NODE, mon_revive NODE: the host is dead: its processes gone, its wires out
mon_kill() {
	local p
	for p in $MON_PROCESSES; do lab_stop "$1" "$p" KILL; done
	mon_wires "$1" lab_unplug
}
mon_revive() {
	mon_wires "$1" lab_replug
	lab_cdatd "$1"
	wait_for 15 ctl "$1" nodes || die "cdatd of $1 does not answer again"
	mon_start_snmp "$1"
}
mon_wires() {
	local if
	for if in eth0 eth1 eth2; do "$2" "$1" $if; done
}
# mon_freeze NODE, mon_thaw NODE: the host is up and answers a ping, but nothing on it runs
mon_freeze() { mon_signal "$1" STOP; }
mon_thaw() { mon_signal "$1" CONT; }
mon_signal() {
	local p
	for p in $MON_PROCESSES; do lab_signal "$1" "$p" "$2"; done
}
# mon_cut NODE 1|2, mon_mend NODE 1|2: the wire of an adapter is out
mon_cut() { lab_unplug "$1" "eth$(($2 - 1))"; }
mon_mend() { lab_replug "$1" "eth$(($2 - 1))"; }
# mon_partition NODE, mon_heal NODE: the node hears the others by no adapter, nor they it;
# each keeps its carrier, and the manager reaches all
mon_partition() {
	local if node n
	n=$(mon_number "$1")
	for if in 0 1; do
		for node in $MON_NODES; do
			[ "$node" = "$1" ] || lab_drop "$node" eth$if ip saddr "{ 9.$((if + 1)).1.$n, 9.$((if + 1)).1.${n}3 }"
		done
		lab_drop "$1" eth$if
	done
}
mon_heal() {
	local if node
	for if in 0 1; do
		for node in $MON_NODES; do lab_drop_end "$node" eth$if; done
	done
}
# mon_kill_agent NODE, mon_start_agent NODE: the subagent is dead, snmpd and the member live
mon_kill_agent() { lab_stop "$1" agentx KILL; }
# mon_change_address, mon_change_back: the second address of node3, by SET at node1
mon_change_address() { mon_set node1 cdatAdapterAddr.3.2 d 9.2.1.33; }
mon_change_back() { mon_set node1 cdatAdapterAddr.3.2 d 9.2.1.3; }

# ---- time ----
# mon_opens SECONDS NAME COMMAND...: await, and the time since mon_fault is printed
mon_fault() { MON_SINCE=$(now_us); }
mon_opens() {
	local us
	await "$@" || return
	us=$(($(now_us) - MON_SINCE))
	say "$2: after $((us / 1000000)).$(printf '%03d' $((us / 1000 % 1000))) s"
}

# mon_case NAME COMMAND...: a fault, made by the command, once nothing is wrong.  The test has
# two functions: mon_quiet succeeds while the monitoring system shows no problem, mon_mark
# notes where what it has told so far ends.
mon_case() {
	await 60 "before: $1: no problem is shown" mon_quiet || exit 1
	say "$1"
	mon_mark
	mon_fault
	shift
	check "the fault can be made: $*" "$@"
}
# mon_repaired COMMAND...: the repair, after which no problem stays
mon_repaired() {
	mon_fault
	check "repair: $*" "$@"
	mon_opens 60 "after $1 no problem stays" mon_quiet
}

# ---- a fresh host ----
# mon_fresh: gives the manager an /etc, /usr, /var and /run of its own, above those of this
# host: what is installed and configured there is gone after the test.  In its folder /tree
# are the sources, and the build as "build", as who follows a README has them.
mon_fresh() {
	local d=$LAB_DIR/fresh
	mkdir -p "$d" "$LAB_DIR/tree"
	ln -s "$lab_top"/* "$LAB_DIR/tree/" 2>/dev/null
	rm -f "$LAB_DIR/tree/build"
	ln -s "$CDAT_BUILD" "$LAB_DIR/tree/build"
	# shellcheck disable=SC2016
	lab_spawn manager fresh unshare --mount sh -c '
		mount -t tmpfs tmpfs "$1" && cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc || exit 1
		# Icinga 2 cannot copy files within an overlay: /etc is a copy.
		for i in usr var run; do
			mkdir "$1/$i" "$1/$i.work"
			mount -t overlay overlay -o "lowerdir=/$i,upperdir=$1/$i,workdir=$1/$i.work" "/$i" || exit 1
		done
		install -m 755 "$2" /usr/local/sbin/systemctl
		touch /run/fresh
		exec sleep infinity' sh "$d" "$lab_top/tests/monitoring/systemctl.sh"
	wait_for 10 mon_in test -e /run/fresh || { skip "overlays cannot be mounted here"; exit 0; }
}
# mon_in COMMAND...: on that host
mon_in() { (cd "$LAB_DIR/tree" && nsenter --target "$(lab_pid manager fresh)" --mount --net --wd="$LAB_DIR/tree" "$@"); }
# mon_steps FILE FROM TO: runs the commands of a README as root: what stands behind "    # "
# between the headings that match FROM and TO.  Each must succeed.
mon_steps() {
	local step
	while IFS= read -r step <&3; do
		check "$(basename "$(dirname "$1")")/README: $step" mon_in env -u MIBS -u MIBDIRS -u SNMPCONFPATH \
			-u SNMP_PERSISTENT_DIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive bash -c "$step" 3<&- || exit 1
	done 3< <(awk -v from="$2" -v to="$3" '$0 ~ from { on = 1; next } $0 ~ to { on = 0 }
		on && /^    # / { line = substr($0, 7); while (line ~ /\\$/ && (getline more) > 0) { sub(/\\$/, "", line); sub(/^ +/, "", more); line = line more } print line }' "$1")
}
