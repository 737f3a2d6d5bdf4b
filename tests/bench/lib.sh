# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the benches share: clusters in namespaces, the one table of figures, times of events.
# Sourced after tests/labs/lib.sh.

bench_dir=$CDAT_BUILD/tests/bench
BENCH_QUICK=${BENCH_QUICK:-}

# ---- figures ----
# figure NAME VALUE UNIT GOAL [REFERENCE RATIO]: a row of the table.  GOAL is "value <= 900",
# "ratio >= 0.6" or "-" (told for what it is).
figure() {
	local met=-
	if [ "$4" != - ]; then
		met=$(awk -v value="$2" -v ratio="${6:-0}" -v goal="$4" 'BEGIN {
			split(goal, g, " "); x = g[1] == "ratio" ? ratio : value
			ok = g[2] == "<=" ? (x <= g[3] + 0) : (x >= g[3] + 0)
			print (ok ? "yes" : "NO") }')
	fi
	printf '%s|%s|%s|%s|%s|%s|%s\n' "$1" "$2" "$3" "${5:--}" "${6:--}" "$4" "$met" >>"$BENCH_ROWS"
	[ -n "${BENCH_JSON:-}" ] || printf '# %-44s %10s %-8s %s\n' "$1" "$2" "$3" "$met"
}
# figure_skip NAME REASON
figure_skip() { printf '%s|-|-|-|-|-|skipped: %s\n' "$1" "$2" >>"$BENCH_ROWS"; }

bench_table() {
	awk -F'|' '
		function line(a, b, c, d, e, f) { printf "%-42s %14s  %-26s %7s  %-16s %s\n", a, b, c, d, e, f }
		BEGIN { line("FIGURE", "VALUE", "REFERENCE", "RATIO", "GOAL", "MET") }
		{ line($1, $2 == "-" ? "-" : $2 " " $3, $4, $5, $6, $7); met += $7 == "yes"; not += $7 == "NO" }
		END { printf "%d goals met, %d not\n", met, not }' "$BENCH_ROWS"
}
bench_json() {
	awk -F'|' '
		function q(s) { gsub(/["\\]/, "\\\\&", s); return "\"" s "\"" }
		function n(s) { return s ~ /^-?[0-9]+(\.[0-9]+)?$/ ? s : "null" }
		BEGIN { printf "{\"schema\": \"cdat-bench/1\", \"figures\": [" }
		{ printf "%s\n  {\"figure\": %s, \"value\": %s, \"unit\": %s, \"reference\": %s, \"ratio\": %s, \"goal\": %s, \"met\": %s}",
			NR > 1 ? "," : "", q($1), n($2), q($3), q($4), n($5), q($6),
			$7 == "yes" ? "true" : $7 == "NO" ? "false" : $7 == "-" ? "null" : q($7) }
		END { print "\n]}" }' "$BENCH_ROWS"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }

# ---- clusters ----
# bench_table_of N [PARAMETERS]: the configured table of n1..nN on two subnets
bench_table_of() {
	local i
	printf 'table:\n'
	[ -z "${2:-}" ] || printf '  parameters: {%s}\n' "$2"
	printf '  nodes:\n'
	for ((i = 1; i <= $1; i++)); do
		printf '    - {name: n%d, id: %d, adapters: [{address: 10.1.0.%d/16, preference: 10}, {address: 10.2.0.%d/16, preference: 20}]}\n' \
			$i $i $i $i
	done
}
bench_hosts() { local i; for ((i = 1; i <= $1; i++)); do printf 'n%d ' $i; done; }

# bench_net N: hosts n1..nN, each with two subnets; the last two on switches of their own, which a
# trunk joins to the others.
bench_net() {
	local i net side
	lab_switch net1 net2 net1b net2b
	for net in net1 net2; do
		lab_run $net ip link add trunk type veth peer name trunk netns "$(lab_ns ${net}b)"
		lab_run $net ip link set trunk master br0 up
		lab_run ${net}b ip link set trunk master br0 up
	done
	# shellcheck disable=SC2046
	lab_host $(bench_hosts "$1")
	for ((i = 1; i <= $1; i++)); do
		side=$([ "$i" -gt $(($1 - 2)) ] && echo b)
		lab_plug n$i eth1 "net1$side" 10.1.0.$i/16
		lab_plug n$i eth2 "net2$side" 10.2.0.$i/16
	done
}

# bench_up N [PARAMETERS]: the daemons, until all see all
bench_up() {
	local hosts
	hosts=$(bench_hosts "$1")
	# shellcheck disable=SC2086
	bench_table_of "$@" | lab_cluster "10.1.0.1, 10.2.0.1" $hosts
	# shellcheck disable=SC2086
	wait_for 120 all_see "$(tr ' ' '\n' <<<"$hosts" | sort | xargs)" $hosts || die "no cluster of $1"
	# one link at least is up to everybody before anything is measured
	wait_for 30 same_table n1 n2 || die "no common table"
	sleep 2		# response times of all addresses are known after a probe interval
}
bench_down() {
	local host
	for host in $(bench_hosts "$1"); do lab_stop "$host" cdatd KILL 2>/dev/null; done
	for host in $(bench_hosts "$1"); do rm -rf "${LAB_DIR:?}/$host/state" "$LAB_DIR/$host/cdatd.sock"; done
	rm -f "$LAB_DIR/cluster.key"
}

# ---- events ----
now_ms() { printf '%s' $(($(now_us) / 1000)); }
# event_ms HOST KIND [TEXT-PATTERN]: when its last event of the kind was, ms of the wall clock
event_ms() {
	local t
	t=$(ctl "$1" events --no-headings -o time,kind,text | awk -v k="$2" -v p="${3:-.}" '
		$3 == k && $0 ~ p { t = $1 " " $2 } END { print t }')
	[ -n "$t" ] && date -u -d "$t" +%s%3N
}
# How many nodes were ever taken out, as seen by all: the sum over the hosts
unreachable_count() {
	local host n=0
	for host in $(bench_hosts "$1"); do n=$((n + $(events "$host" nodeUnreachable))); done
	echo $n
}
