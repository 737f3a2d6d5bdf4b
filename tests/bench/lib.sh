# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the benches share: the one table of figures, sections that may fail alone, clusters in
# namespaces, times of events.  Sourced after tests/labs/lib.sh.

bench_dir=$CDAT_BUILD/tests/bench
BENCH_QUICK=${BENCH_QUICK:-}
rounds=$([ -n "$BENCH_QUICK" ] && echo 1 || echo 5)
long=$([ -n "$BENCH_QUICK" ] && echo 10 || echo 60)	# seconds that something is watched

# ---- figures ----
# figure NAME VALUE UNIT GOAL [REFERENCE RATIO [BOUND]]: a row of the table.  GOAL is "value <= 900",
# "ratio >= 0.6" or "-" (told for what it is); BOUND names what nothing can pass, with its ratio in
# the same run, for a goal beyond it.  A figure that is no number is one that failed.
figure() {
	local met=-
	if ! [[ $2 =~ ^-?[0-9]+(\.[0-9]+)?$ ]]; then
		figure_failed "$1" "no value: '$2'"
		return
	fi
	if [ "$4" != - ]; then
		met=$(awk -v value="$2" -v ratio="${6:-0}" -v goal="$4" 'BEGIN {
			split(goal, g, " "); x = g[1] == "ratio" ? ratio : value
			ok = g[2] == "<=" ? (x <= g[3] + 0) : (x >= g[3] + 0)
			print (ok ? "yes" : "NO") }')
		[ "$met" != NO ] || [ -z "${7:-}" ] || met="bounded by: $7"
	fi
	bench_row "$1" "$2" "$3" "${5:--}" "${6:--}" "$4" "$met"
}
figure_skip() { bench_row "$1" - - - - - "skipped: $2"; }	# NAME REASON
figure_failed() { bench_row "$1" - - - - - "failed: $2"; }
# bench_row NAME VALUE UNIT REFERENCE RATIO GOAL MET: with it go the section and the host's load
bench_row() {
	local IFS='|' load
	read -r load </proc/loadavg
	printf '%s\n' "$*|${section:-}|${load%% *}" >>"$BENCH_ROWS"
	[ -n "${BENCH_JSON:-}" ] || printf '# %-44s %10s %-8s %s\n' "$1" "$2" "$3" "$7" >&"${BENCH_OUT:-1}"
}

bench_table() {
	awk -F'|' '
		function line(a, b, c, d, e, f) { printf "%-44s %16s  %-26s %8s  %-16s %s\n", a, b, c, d, e, f }
		BEGIN { line("FIGURE", "VALUE", "REFERENCE", "RATIO", "GOAL", "MET") }
		{ line($1, $2 == "-" ? "-" : $2 " " $3, $4, $5, $6, $7)
		  met += $7 == "yes"; not += $7 == "NO"; out += $7 ~ /^bounded/; bad += $7 ~ /^failed/; un += $7 ~ /^skipped/ }
		END { printf "%d goals met, %d not, %d out of reach; %d figures failed, %d skipped\n", met, not, out, bad, un }' "$BENCH_ROWS"
}
# The machine, as lines "NAME VALUE"
bench_host() {
	echo "processors $(nproc)"
	echo "model $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	echo "kernel $(uname -sr)"
	echo "memory-mib $(awk '/^MemTotal/ { printf "%d", $2 / 1024 }' /proc/meminfo)"
	echo "load-at-start ${bench_load0:-}"
	echo "load-at-end $(cut -d' ' -f1 /proc/loadavg)"
	echo "version $(cdatd --version | awk '{ print $NF; exit }')"
	echo "date $(date -u +%Y-%m-%dT%H:%M:%SZ)"
	echo "seconds $SECONDS"
}
bench_json() {
	bench_host | awk -F'|' '
		function q(s) { gsub(/["\\]/, "\\\\&", s); gsub(/[\001-\037]/, " ", s); return "\"" s "\"" }
		function n(s) { return s ~ /^-?[0-9]+(\.[0-9]+)?$/ ? s : "null" }
		FILENAME == "-" {
			name = $0; sub(/ .*/, "", name); value = substr($0, length(name) + 2)
			printf "%s%s: %s", (FNR > 1 ? ", " : "{\"schema\": \"cdat-bench/1\", \"host\": {"), q(name),
				(n(value) == "null" ? q(value) : value)
			next
		}
		FNR == 1 { printf "},\n \"figures\": [" }
		{ printf "%s\n  {\"section\": %s, \"figure\": %s, \"value\": %s, \"unit\": %s, \"reference\": %s, \"ratio\": %s, \"goal\": %s, \"met\": %s, \"load\": %s}",
			(FNR > 1 ? "," : ""), q($8), q($1), n($2), q($3), q($4), n($5), q($6),
			($7 == "yes" ? "true" : $7 == "NO" ? "false" : $7 == "-" ? "null" : q($7)), n($9); any = 1 }
		END { print (any ? "" : "},\n \"figures\": [") "\n]}" }' - "$BENCH_ROWS"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }
# The line in the middle of a file by its first column
middle_of() { sort -n "$1" | awk '{ l[NR] = $0 } END { print l[int((NR + 1) / 2)] }'; }
value_of() { awk -v n="$1" '$1 == n { print $2 }'; }

# ---- sections ----
# as that of the labs, where the output is a figure
die() { not_ok "$*" >&2; exit 1; }
# A section is a lab in the lab: own folder, own namespaces, own cluster; it may fail or hang
# without harm to the others.
bench_enter() { LAB_DIR+=/$1 LAB_PREFIX+=-$1; mkdir -p "$LAB_DIR"; }
bench_clear() {		# NAME: ends all that the section left
	local ns
	for ns in $(ip netns list | awk '{ print $1 }' | grep -F -- "$LAB_PREFIX-$1-"); do lab_delete_ns "$ns"; done
}
# run_section NAME SECONDS FUNCTION...: in its own process; what ends badly is a row "failed"
run_section() {
	local section=$1 limit=$2 log=$LAB_DIR/$1.log timer status started=$SECONDS; shift 2
	set -m
	(bench_enter "$section"; "$@") </dev/null >"$log" 2>&1 &
	bench_group=$!
	set +m
	sleep "$limit" &
	timer=$!
	wait -n -p ended $bench_group $timer
	status=$?
	# shellcheck disable=SC2154
	if [ "$ended" = $timer ]; then
		kill -KILL -- -$bench_group
		echo "not ok - $section: not finished within $limit s" >>"$log"
		status=1
	fi
	kill $timer 2>/dev/null
	wait $bench_group $timer 2>/dev/null
	if [ $status != 0 ]; then
		figure_failed "${section_title:-section $section}" "$(sed -n 's/^not ok - [^:]*: //p' "$log" | tail -n 1)"
		tail -n 20 "$log" | sed "s/^/# $section: /" >&2
	fi
	bench_group=''
	bench_clear "$section"
	[ -n "${BENCH_JSON:-}" ] || say "${section_title:-section $section}: $((SECONDS - started)) s"
}
bench_group=''
bench_cleanup() {
	local status=$?
	[ -z "$bench_group" ] || kill -KILL -- -"$bench_group" 2>/dev/null
	(exit "$status")
	lab_cleanup
}

# ---- clusters ----
# bench_table_of N [PARAMETERS [ADAPTERS]]: the configured table of n1..nN on two subnets (or more)
bench_table_of() {
	printf 'table:\n'
	[ -z "${2:-}" ] || printf '  parameters: {%s}\n' "$2"
	printf '  nodes:\n'
	awk -v n="$1" -v adapters="${3:-2}" 'BEGIN {
		for (i = 1; i <= n; i++) {
			printf "    - {name: n%d, id: %d, adapters: [", i, i
			for (a = 1; a <= adapters; a++)
				printf "%s{address: 10.%d.%d.%d/16, preference: %d}", (a > 1 ? ", " : ""), a, i / 256, i % 256, 10 * a
			print "]}"
		} }'
}
bench_hosts() { local i; for ((i = 1; i <= $1; i++)); do printf 'n%d ' $i; done; }
bench_names() { bench_hosts "$1" | tr ' ' '\n' | sort | xargs; }	# as members() tells them

# bench_net N [OTHER-SIDE]: hosts n1..nN, each with two subnets; the last OTHER-SIDE (2) of them on
# switches of their own, which a trunk joins to the others.
bench_net() {
	local i net side far=${2-2}
	lab_switch net1 net2 net1b net2b
	for net in net1 net2; do
		lab_run $net ip link add trunk type veth peer name trunk netns "$(lab_ns ${net}b)"
		lab_run $net ip link set trunk master br0 up
		lab_run ${net}b ip link set trunk master br0 up
	done
	for ((i = 1; i <= $1; i++)); do
		side=$([ "$i" -gt $(($1 - far)) ] && echo b)
		lab_host n$i
		lab_plug n$i eth1 "net1$side" 10.1.0.$i/16
		lab_plug n$i eth2 "net2$side" 10.2.0.$i/16
	done
	[ "$1" -le 17 ] || bench_neighbours "$1"
}
# The kernel has one table of neighbours for all namespaces, of 1,024 entries: 50 hosts on two
# subnets need 4,900.  Permanent entries do not count.
bench_neighbours() {
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "neigh replace 10.1.0.$i lladdr $(mac_of 1 $i) nud permanent dev eth1"
		echo "neigh replace 10.2.0.$i lladdr $(mac_of 2 $i) nud permanent dev eth2"
	done >"$LAB_DIR/neighbours"
	for ((i = 1; i <= $1; i++)); do
		lab_run n$i ip link set eth1 address "$(mac_of 1 $i)"
		lab_run n$i ip link set eth2 address "$(mac_of 2 $i)"
		lab_run n$i ip -batch "$LAB_DIR/neighbours" || die "neighbours of n$i"
	done
}
mac_of() { printf '02:00:00:00:%02x:%02x' "$1" "$2"; }	# SUBNET HOST

# bench_up N [PARAMETERS]: the daemons, until all see all and know each other's addresses
bench_up() {
	local hosts
	hosts=$(bench_hosts "$1")
	# shellcheck disable=SC2086
	bench_table_of "$@" | lab_cluster "10.1.0.1, 10.2.0.1" $hosts || exit 1
	bench_settled "$1" 120 || die "no cluster of $1"
}
# bench_settled N SECONDS: all members, one table, every path up (which no path stays under loss)
bench_settled() {
	local hosts
	hosts=$(bench_hosts "$1")
	# shellcheck disable=SC2086
	wait_for "$2" all_see "$(bench_names "$1")" $hosts && wait_for 30 same_table $hosts || return 1
	# a node of a large cluster does not probe those that it does not watch
	# shellcheck disable=SC2086
	[ "$1" -gt 17 ] || [ -n "$bench_lossy" ] || wait_for 60 paths_up $hosts
}
paths_up() {
	local host
	for host in "$@"; do
		ctl "$host" paths --no-headings -o state | awk '$1 != "up" { bad = 1 } END { exit bad || !NR }' || return 1
	done
}
bench_lossy=''
bench_cluster() { bench_net "$1"; bench_up "$@"; }
bench_alive() {		# N: no daemon has gone by itself
	local host
	for host in $(bench_hosts "$1"); do lab_alive "$host" cdatd || die "the daemon of $host is gone"; done
}

# ---- events ----
now_ms() { printf '%s' $(($(now_us) / 1000)); }
# event_ms HOST KIND: when its last event of the kind was, ms of the wall clock
event_ms() {
	local t
	t=$(ctl "$1" events --no-headings -o time,kind | awk -v k="$2" '$3 == k { t = $1 " " $2 } END { print t }')
	[ -n "$t" ] && date -u -d "$t" +%s%3N
}
event_after() { [ "$(event_ms "$1" "$2")" -ge "$3" ]; }
# last_event KIND SINCE HOST...: ms from SINCE until the last of the hosts had its event
last_event() {
	local kind=$1 since=$2 host t last=0; shift 2
	for host in "$@"; do
		wait_for 30 event_after "$host" "$kind" "$since" || die "no event $kind at $host within 30 s"
		t=$(($(event_ms "$host" "$kind") - since))
		[ $t -le $last ] || last=$t
	done
	echo $last
}
# How many nodes were ever taken out, as seen by all: the sum over the hosts
unreachable_count() {
	local host n=0
	for host in $(bench_hosts "$1"); do n=$((n + $(events "$host" nodeUnreachable))); done
	echo $n
}
