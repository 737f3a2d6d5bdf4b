# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Harness of the labs: hosts, routers and switches as network namespaces, daemons in
# them, cuts and losses, waits for conditions.  A lab is
#
#   . "$(dirname "$0")/lib.sh"
#   lab_begin NAME "$@"
#   lab_switch net1; lab_host a; lab_plug a eth0 net1 9.1.1.1/24; ...
#   check "a reaches b" lab_run a ping -c1 -W1 9.1.1.2
#   lab_end
#
# Output: lines "ok - ...", "not ok - ...", "skip - ...: reason", which contrib/check
# counts.  All that was made is removed at exit, whatever happens; with --keep it
# stays and the way in is printed.  Nothing is put into the host's own network: a
# switch is a namespace with a bridge.  Without root the lab runs in a user namespace.
#
# CDAT_BUILD is the build directory (default: build below the sources); if it has no
# programs, those in PATH are used.

set -u
lab_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CDAT_BUILD=${CDAT_BUILD:-$lab_top/build}
export PATH="$CDAT_BUILD:$PATH:/usr/sbin:/sbin"
export LC_ALL=C.UTF-8
lab_failed=0
lab_counted=0
LAB_KEEP=
LAB_LOOPBACK=
LAB_LOOPBACK_WILL_DO=

# ---- results ----
say() { printf '# %s\n' "$*"; }
ok() { lab_counted=$((lab_counted + 1)); printf 'ok - %s: %s\n' "$LAB" "$*"; }
not_ok() { lab_counted=$((lab_counted + 1)); lab_failed=$((lab_failed + 1)); printf 'not ok - %s: %s\n' "$LAB" "$*"; }
skip() { printf 'skip - %s: %s\n' "$LAB" "$*"; }

# check NAME COMMAND...: one test; the command's output is shown if it fails.
check() {
	local name=$1 out; shift
	if out=$("$@" 2>&1); then ok "$name"; return 0; fi
	not_ok "$name"
	printf '%s\n' "$out" | tail -n 20 | sed 's/^/#   /'
	return 1
}

# check_not NAME COMMAND...: passes if the command fails.
check_not() {
	local name=$1; shift
	check "$name" lab_fails "$@"
}
lab_fails() { ! "$@"; }

# die TEXT: the lab cannot go on.
die() { not_ok "$*"; exit 1; }

# ---- time ----
now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# wait_for SECONDS COMMAND...: polls until the command succeeds; 1 at the deadline.
wait_for() {
	local deadline=$(($(now_us) + $1 * 1000000)); shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_us)" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# await SECONDS NAME COMMAND...: the same as a test.
await() {
	local limit=$1 name=$2; shift 2
	if wait_for "$limit" "$@"; then ok "$name"; return 0; fi
	not_ok "$name (not within $limit s: $*)"
	"$@" 2>&1 | tail -n 20 | sed 's/^/#   /'
	return 1
}

# ---- begin and end ----
lab_begin() {
	local args
	LAB=$1; shift
	args=("$@")
	while [ $# -gt 0 ]; do
		case $1 in
		--keep) LAB_KEEP=1 ;;
		*) echo "usage: $0 [--keep]" >&2; exit 2 ;;
		esac
		shift
	done
	if [ "$(id -u)" != 0 ]; then
		if [ -z "${LAB_INSIDE:-}" ] && unshare --user --map-root-user --net --mount \
			sh -c 'mount -t tmpfs tmpfs /run' 2>/dev/null; then
			# shellcheck disable=SC2016
			LAB_INSIDE=1 exec unshare --user --map-root-user --net --mount -- \
				sh -c 'mount -t tmpfs tmpfs /run && exec "$0" "$@"' "$0" "${args[@]}"
		fi
		lab_without_namespaces "needs root or user namespaces"
	fi
	for lab_i in ip nft; do
		command -v $lab_i >/dev/null || lab_without_namespaces "no program $lab_i"
	done
	LAB_PREFIX=cdat-$LAB-$$
	if [ -z "$LAB_LOOPBACK" ]; then
		lab_sweep
		ip netns add "$LAB_PREFIX-probe" 2>/dev/null && ip netns exec "$LAB_PREFIX-probe" true 2>/dev/null
		lab_i=$?
		ip netns del "$LAB_PREFIX-probe" 2>/dev/null
		[ $lab_i = 0 ] || lab_without_namespaces "network namespaces cannot be made here"
	fi
	LAB_DIR=$(mktemp -d "/tmp/$LAB_PREFIX-XXXXXX") || exit 1
	chmod 755 "$LAB_DIR"
	trap lab_cleanup EXIT
	trap 'exit 130' INT TERM HUP
}

# The lab ends as skipped, unless it set LAB_LOOPBACK_WILL_DO before lab_begin: then
# LAB_LOOPBACK is set, and all runs in the host's own network on addresses 127.x.
lab_without_namespaces() {
	if [ -z "$LAB_LOOPBACK_WILL_DO" ]; then
		skip "$1"
		exit 0
	fi
	LAB_LOOPBACK=1
}

# Removes what labs left whose shell is gone without its trap (SIGKILL).
lab_sweep() {
	local ns pid
	for ns in $(ip netns list 2>/dev/null | awk '{ print $1 }' | grep -E "^cdat-$LAB-[0-9]+-"); do
		pid=${ns#"cdat-$LAB-"}; pid=${pid%%-*}
		[ -e "/proc/$pid" ] || compgen -G "/tmp/cdat-$LAB-$pid-*/kept" >/dev/null || lab_delete_ns "$ns"
	done
}

lab_delete_ns() {
	local pids
	pids=$(ip netns pids "$1" 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill -CONT $pids; kill -KILL $pids; } 2>/dev/null
	ip netns del "$1" 2>/dev/null
}

lab_cleanup() {
	local status=$? ns log
	trap '' INT TERM HUP
	trap - EXIT
	if [ "$lab_failed" -gt 0 ] || [ "$status" -ne 0 ]; then
		[ "$status" -ne 0 ] || status=1
		for log in "$LAB_DIR"/*/*.log; do
			[ -s "$log" ] || continue
			printf '# --- %s (end)\n' "${log#"$LAB_DIR/"}"
			tail -n "${LAB_LOG_LINES:-15}" "$log" | sed 's/^/#   /'
		done
	fi
	if [ -n "$LAB_KEEP" ]; then
		lab_keep
		exit "$status"
	fi
	for log in "$LAB_DIR"/*/*.pid; do
		[ -s "$log" ] && kill -CONT "$(<"$log")" && kill -KILL "$(<"$log")"
	done 2>/dev/null
	if [ -z "$LAB_LOOPBACK" ]; then
		for ns in $(ip netns list | awk '{ print $1 }' | grep -F "$LAB_PREFIX-"); do
			lab_delete_ns "$ns"
		done
	fi
	rm -rf "$LAB_DIR"
	exit "$status"
}

# Leaves all as it is, with a script that removes it.
lab_keep() {
	: >"$LAB_DIR/kept"
	cat >"$LAB_DIR/remove" <<-END
		#!/bin/sh
		for pid in \$(cat $LAB_DIR/*/*.pid); do kill -KILL \$pid; done 2>/dev/null
		for n in \$(ip netns list 2>/dev/null | grep -o '^$LAB_PREFIX-[^ ]*'); do
			ip netns pids \$n | xargs -r kill -KILL
			ip netns del \$n
		done
		rm -rf $LAB_DIR
	END
	chmod 755 "$LAB_DIR/remove"
	if [ -n "${LAB_INSIDE:-}" ]; then
		say "kept: nsenter --user --net --mount --preserve-credentials --target $(cat "$LAB_DIR"/*/*.pid | head -n 1), then as root"
	fi
	[ -n "$LAB_LOOPBACK" ] || say "kept: ip netns exec $LAB_PREFIX-HOST COMMAND"
	say "files and logs: $LAB_DIR; remove all: $LAB_DIR/remove"
}

# lab_mac HOST INTERFACE
lab_mac() { lab_run "$1" ip -o link show "$2" | sed -n 's/.* link\/ether \([^ ]*\).*/\1/p'; }

# lab_need REMEDY PROGRAM...: the lab ends as skipped if one is missing.
lab_need() {
	local remedy=$1 p; shift
	for p in "$@"; do
		command -v "$p" >/dev/null || { skip "no program $p; $remedy"; exit 0; }
	done
}

lab_end() {
	[ "$lab_counted" -gt 0 ] || die "no test ran"
	exit $((lab_failed > 0))
}

# ---- machines and wires ----
lab_ns() { printf '%s-%s' "$LAB_PREFIX" "$1"; }

# lab_run HOST COMMAND...: runs the command in the namespace of the host.
lab_run() {
	local host=$1; shift
	if [ -n "$LAB_LOOPBACK" ]; then "$@"; else ip netns exec "$LAB_PREFIX-$host" "$@"; fi
}

lab_host() {
	local host
	for host in "$@"; do
		if [ -n "$LAB_LOOPBACK" ]; then mkdir -p "$LAB_DIR/$host"; continue; fi
		ip netns add "$(lab_ns "$host")" || die "namespace $host"
		lab_run "$host" ip link set lo up
		# No IPv6 address is announced or probed for: links are usable at once.
		lab_run "$host" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 2>/dev/null
		# A host of several subnets takes what comes by another way than it would answer.
		lab_run "$host" sysctl -qw net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.default.rp_filter=2
		mkdir -p "$LAB_DIR/$host"
	done
}

lab_router() {
	local host
	for host in "$@"; do
		lab_host "$host"
		lab_run "$host" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
}

# lab_switch NAME...: a subnet; hosts are put on it by lab_plug.
lab_switch() {
	local switch
	for switch in "$@"; do
		lab_host "$switch"
		lab_run "$switch" ip link add br0 type bridge
		lab_run "$switch" ip link set br0 up
	done
}

# lab_plug HOST INTERFACE SWITCH ADDRESS/LENGTH...
lab_plug() {
	local host=$1 if=$2 switch=$3; shift 3
	lab_run "$switch" ip link add "$host.$if" type veth peer name "$if" netns "$(lab_ns "$host")" ||
		die "link $host $if $switch"
	lab_run "$switch" ip link set "$host.$if" master br0 up
	lab_address "$host" "$if" "$@"
	echo "$switch $host.$if" >"$LAB_DIR/$host/$if.peer"
}

# lab_link HOST1 INTERFACE1 ADDRESS1 HOST2 INTERFACE2 ADDRESS2: a wire between two, through a
# switch of its own, so that unplugging one end takes no routes from the other.
lab_link() {
	local wire=wire-$1-$4
	lab_switch "$wire"
	lab_plug "$1" "$2" "$wire" "$3"
	lab_plug "$4" "$5" "$wire" "$6"
}

lab_address() {
	local host=$1 if=$2 address; shift 2
	for address in "$@"; do
		lab_run "$host" ip address add "$address" dev "$if" || die "address $address"
	done
	lab_run "$host" ip link set "$if" up
}

lab_route() { lab_run "$1" ip route replace "${@:2}"; }

# ---- faults ----
# lab_unplug HOST INTERFACE, lab_replug: the wire is out; the host sees no carrier.
lab_unplug() { lab_far "$1" "$2" down; }
lab_replug() { lab_far "$1" "$2" up; }
lab_far() {
	local peer_host peer_if
	read -r peer_host peer_if <"$LAB_DIR/$1/$2.peer" || die "no wire $1 $2"
	lab_run "$peer_host" ip link set "$peer_if" "$3"
}

# lab_cut SWITCH, lab_heal: the subnet carries nothing; the hosts keep their carrier.
lab_cut() { lab_run "$1" ip link set br0 down; }
lab_heal() { lab_run "$1" ip link set br0 up; }

# lab_drop HOST INTERFACE [MATCH...]: what arrives there (and matches, as in nft) is
# lost; without a match all but ARP.  lab_drop_end takes it and any loss back.
lab_drop() {
	local host=$1 if=$2; shift 2
	[ $# -gt 0 ] || set -- meta protocol != arp
	lab_nft "$host" "$if" "$* drop"
}

# lab_loss HOST INTERFACE PERCENT: random loss of what arrives there.
lab_loss() { lab_nft "$1" "$2" "meta protocol != arp numgen random mod 1000 < $(awk -v p="$3" 'BEGIN { print p * 10 }') drop"; }

lab_nft() {
	lab_run "$1" nft -f - <<-END || die "nft on $1 $2"
		table netdev lab_$2 {
			chain in { type filter hook ingress device "$2" priority 0; }
		}
		add rule netdev lab_$2 in $3
	END
}
lab_drop_end() { lab_run "$1" nft delete table netdev "lab_$2" 2>/dev/null; }

# ---- processes ----
# lab_spawn HOST NAME COMMAND...: in the background; output in HOST/NAME.log.  With LAB_WAITABLE
# the shell tells of each that a signal ends, and `wait` has its status.
lab_spawn() {
	local host=$1 name=$2; shift 2
	if [ -z "$LAB_LOOPBACK" ]; then set -- ip netns exec "$LAB_PREFIX-$host" "$@"; fi
	"$@" </dev/null >>"$LAB_DIR/$host/$name.log" 2>&1 &
	echo $! >"$LAB_DIR/$host/$name.pid"
	[ -n "${LAB_WAITABLE:-}" ] || disown $!
}

lab_pid() { cat "$LAB_DIR/$1/$2.pid"; }
lab_signal() { kill "-$3" "$(lab_pid "$1" "$2")"; }
lab_alive() { kill -0 "$(lab_pid "$1" "$2")" 2>/dev/null; }

# lab_stop HOST NAME [SIGNAL]: ends the process and waits until it is gone.
lab_stop() {
	lab_signal "$1" "$2" "${3:-TERM}" 2>/dev/null
	wait_for 10 lab_fails lab_alive "$1" "$2" || { lab_signal "$1" "$2" KILL; return 1; }
}

# ---- cdat ----
# lab_config HOST: writes the configuration of its daemon from standard input; port,
# state and socket are added.
lab_config() {
	local dir=$LAB_DIR/$1
	mkdir -p "$dir/state"
	{
		cat
		printf 'state-dir: %s/state\nsocket: %s/cdatd.sock\n' "$dir" "$dir"
	} >"$dir/cdat.yaml"
}

lab_cdatd() {
	local host
	for host in "$@"; do
		lab_spawn "$host" cdatd cdatd -c "$LAB_DIR/$host/cdat.yaml"
	done
}

# ctl HOST ARGUMENT...: cdatctl at the daemon of the host.
ctl() {
	local host=$1; shift
	lab_run "$host" cdatctl -s "$LAB_DIR/$host/cdatd.sock" "$@"
}

# lab_cluster JOIN NODE...: starts a cluster.  Its first node has the table that is read
# from standard input; the others join by the addresses JOIN ("9.1.1.1, 9.2.1.1").
lab_cluster() {
	local join=$1 table node first=1; shift
	table=$(cat)
	cdatctl key generate "$LAB_DIR/cluster.key" >/dev/null || die "no key of the cluster"
	for node in "$@"; do
		{
			printf 'cluster: %s\nnode: %s\nkey-file: %s/cluster.key\n' "$LAB" "$node" "$LAB_DIR"
			if [ -n "$first" ]; then printf '%s\n' "$table"; else printf 'join: [%s]\n' "$join"; fi
		} | lab_config "$node"
		first=
	done
	lab_cdatd "$@"
	for node in "$@"; do
		wait_for 15 ctl "$node" nodes || die "cdatd of $node does not answer"
	done
}

# cell HOST LISTING KEY COLUMN: a value that the servicer of the host shows, from the row
# of a listing of cdatctl whose first column is KEY.
cell() {
	local first=name
	case $2 in adapters) first=adapter ;; paths) first=path ;; routes) first=to ;; esac
	ctl "$1" "$2" --no-headings -o "$first,$4" | awk -v key="$3" '$1 == key { $1 = ""; sub(/^ /, ""); print }'
}
# cell_is HOST LISTING KEY COLUMN VALUE
cell_is() { [ "$(cell "$1" "$2" "$3" "$4")" = "$5" ]; }

# members HOST: the names of the members that it sees, in order
members() { ctl "$1" nodes --no-headings -o name,state | awk '$2 == "member" { print $1 }' | sort | xargs; }
members_are() { [ "$(members "$1")" = "$2" ]; }
# all_see "NODES" HOST...: each of the hosts has these as members
all_see() {
	local host
	for host in "${@:2}"; do members_are "$host" "$1" || return 1; done
}

digest() { ctl "$1" status --json | tr ',{}' '\n' | sed -n 's/^ *"digest": *"\([0-9a-f]*\)"$/\1/p'; }
same_table() {
	local host all
	all=$(for host in "$@"; do digest "$host"; done)
	[ "$(sort <<<"$all" | uniq | wc -l)" = 1 ] && [ "$(wc -l <<<"$all")" = $# ] && [ -n "$all" ]
}

# events HOST KIND: how many events of the kind its servicer has; events_are HOST KIND N
events() { ctl "$1" events --no-headings -o kind | grep -cx " *$2 *"; }
events_are() { [ "$(events "$1" "$2")" = "$3" ]; }

# lab_says FROM TO TEXT: a message by the name of the node arrives there as it was
lab_says() {
	: >"$LAB_DIR/$2/hears.log"
	lab_spawn "$2" hears cdatctl -s "$LAB_DIR/$2/cdatd.sock" listen --count 1
	wait_for 10 grep -q '^listening' "$LAB_DIR/$2/hears.log" && ctl "$1" send "$2" "$3" &&
		wait_for 10 grep -qx -- "$1: $3" "$LAB_DIR/$2/hears.log" && return
	lab_stop "$2" hears
	lab_fails cat "$LAB_DIR/$2/hears.log"
}

# lab_stream FROM TO COUNT: a message each millisecond, in the background; the receiver
# ends when it has all.  lab_stream_ends FROM TO SECONDS waits for both.
lab_stream() {
	: >"$LAB_DIR/$2/listen.log"
	lab_spawn "$2" listen cdatctl -s "$LAB_DIR/$2/cdatd.sock" listen --count "$3" --stats
	wait_for 10 grep -q '^listening' "$LAB_DIR/$2/listen.log"
	lab_spawn "$1" send cdatctl -s "$LAB_DIR/$1/cdatd.sock" send --rate 1000 --count "$3" "$2"
}
lab_stream_ends() { wait_for "$3" lab_fails lab_alive "$1" send && wait_for "$3" lab_fails lab_alive "$2" listen; }
# lab_stream_whole TO COUNT: all came, once and in order
lab_stream_whole() {
	grep -q "received $2 of $2, lost 0, duplicates 0, out of order 0," "$LAB_DIR/$1/listen.log" ||
		lab_fails cat "$LAB_DIR/$1/listen.log"
}
lab_stream_summary() { sed -n 's/^from /stream from /p' "$LAB_DIR/$1/listen.log"; }
