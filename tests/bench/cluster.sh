# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sections of tests/bench/run on clusters of real daemons.

# ---- messages beside plain UDP on the same wire ----
part() {
	: >"$LAB_DIR/$1/part.log"
	lab_spawn "$1" part "$bench_dir/bench_messages" "${@:2}"
	wait_for 20 grep -q ready "$LAB_DIR/$1/part.log"
}
part_ends() { wait_for 60 lab_fails lab_alive "$1" part; }
# as_servicer HOST PROCESS: it is scheduled as the servicer of the host is
as_servicer() {
	case $(chrt -p "$(lab_pid "$1" cdatd)") in
	*SCHED_RR*) chrt -r -p 1 "$(lab_pid "$1" "$2")" ;;
	esac
}
# The p50 of UDP by way of two processes, which is the servicers' way without their work; they are
# scheduled as the servicers are, which decides on what processor the next one wakes.
relayed() {
	lab_spawn n1 relay "$bench_dir/bench_messages" relay "$LAB_DIR/n1/relay.sock" 10.1.0.1 10.1.0.2
	lab_spawn n2 relay "$bench_dir/bench_messages" relay "$LAB_DIR/n2/relay.sock" 10.1.0.2 10.1.0.1
	wait_for 20 grep -q ready "$LAB_DIR/n1/relay.log" && wait_for 20 grep -q ready "$LAB_DIR/n2/relay.log"
	as_servicer n1 relay
	as_servicer n2 relay
	part n2 relay-echo "$LAB_DIR/n2/relay.sock"
	lab_run n1 "$bench_dir/bench_messages" relay-ask "$LAB_DIR/n1/relay.sock" "$1" 64 | value_of relay-ask-p50
	lab_stop n2 part
	wait_for 20 lab_fails lab_alive n1 relay
	wait_for 20 lab_fails lab_alive n2 relay
}
asked() {	# the p50 of UDP, of the relay, then of the servicer
	part n2 udp-echo 10.1.0.2
	lab_run n1 "$bench_dir/bench_messages" udp-ask 10.1.0.2 "$1" 64 | value_of udp-ask-p50
	lab_stop n2 part
	relayed "$1"
	part n2 echo "$LAB_DIR/n2/cdatd.sock"
	lab_run n1 "$bench_dir/bench_messages" ask "$LAB_DIR/n1/cdatd.sock" 2 "$1" 64 | value_of ask-p50
	lab_stop n2 part
}
flooded() {	# SIZE COUNT: the rate of UDP, then of the servicer
	part n2 udp-sink 10.1.0.2
	lab_run n1 "$bench_dir/bench_messages" udp-flood 10.1.0.2 $((2 * $2)) "$1"
	part_ends n2
	value_of udp-flood <"$LAB_DIR/n2/part.log"
	part n2 sink "$LAB_DIR/n2/cdatd.sock" "$2"
	lab_run n1 "$bench_dir/bench_messages" flood "$LAB_DIR/n1/cdatd.sock" 2 "$2" "$1"
	part_ends n2
	value_of flood <"$LAB_DIR/n2/part.log"
}
# each round beside its own reference; the median of the ratios counts
bench_messages() {
	local i r size udp relay own bound
	bench_cluster 5
	for ((i = 0; i < rounds; i++)); do
		asked 10000 >"$LAB_DIR/asked"	# to its end: it stops what the next round starts again
		{ read -r udp; read -r relay; read -r own; } <"$LAB_DIR/asked" || die "a part of the messages gave no value"
		echo "$(ratio "$own" "$udp") $own $udp" >>"$LAB_DIR/pairs"
		echo "$(ratio "$relay" "$udp") $relay $udp" >>"$LAB_DIR/relays"
	done
	read -r r relay udp < <(middle_of "$LAB_DIR/relays")
	bound=$(awk -v r="$r" 'BEGIN { if (r > 3) print "two processes that only hand on, " r }')
	figure "UDP by two processes that hand it on, p50" "$relay" us - "plain UDP $udp us" "$r"
	read -r r own udp < <(middle_of "$LAB_DIR/pairs")
	figure "request and reply, 64 B, p50" "$own" us "ratio <= 3" "plain UDP $udp us" "$r" "$bound"
	for size in 64 1024; do
		: >"$LAB_DIR/pairs"
		for ((i = 0; i < rounds; i++)); do
			flooded $size 200000 >"$LAB_DIR/flooded"
			{ read -r udp; read -r own; } <"$LAB_DIR/flooded" || die "a part of the messages gave no value"
			echo "$(ratio "$own" "$udp") $own $udp" >>"$LAB_DIR/pairs"
		done
		read -r r own udp < <(middle_of "$LAB_DIR/pairs")
		figure "one way, sealed, in order, $size B" "$own" msgs/s "ratio >= 0.6" "plain UDP $udp" "$r"
	done
}

# ---- death ----
# one_death NUMBER: SIGKILL at a node of five; until the last of the others has declared it
one_death() {
	local victim=n$1 t0 rest
	rest=$(bench_hosts 5 | sed "s/$victim //")
	t0=$(now_ms)
	lab_signal "$victim" cdatd KILL
	sleep 0.3	# nothing else is to run on the processors meanwhile
	# shellcheck disable=SC2086
	last_event nodeUnreachable "$t0" $rest || return 1
	lab_cdatd "$victim"
	bench_settled 5 60 || die "$victim does not come back"
}
deaths() {
	local i
	for ((i = 0; i < rounds; i++)); do one_death $((i % 5 + 1)) || exit 1; done | median
}
FAST='heartbeat-ms: 20, consensus-ms: 20'
bench_death() {
	local ms
	bench_cluster 5
	ms=$(deaths)
	# three intervals of silence, then the question to the others: what the settings allow
	figure "death seen by all, defaults, 5 nodes" "$ms" ms "value <= 900" "its settings 800 ms" "$(ratio "$ms" 800)"
	echo "default 0 $ms" >>"$BENCH_DETECTION"
}
bench_fast() {
	local ms
	bench_cluster 5 "$FAST"
	ms=$(deaths)
	figure "death seen by all, heartbeat 20 ms" "$ms" ms "value <= 90" "its settings 80 ms" "$(ratio "$ms" 80)"
	echo "fast 0 $ms" >>"$BENCH_DETECTION"
}

# ---- a stream while the primary link is cut ----
sent() { [ "$(cell n1 paths n2/1 msgs-sent)" -ge "$1" ]; }
# one_gap COUNT [alike]: "longest gap, lost, out of order" of a stream that a cut meets; alike: its
# two ends are scheduled as the servicers are, else what keeps them waiting is counted too
one_gap() {
	local before
	# a response time from when all started at once is smoothed away first
	wait_for 60 cell_is n1 paths n2/1 timeout 10.0ms || die "the timeout of n2/1 stays at $(cell n1 paths n2/1 timeout)"
	before=$(cell n1 paths n2/1 msgs-sent)
	lab_stream n1 n2 "$1"
	[ -z "${2:-}" ] || { as_servicer n1 send; as_servicer n2 listen; }
	wait_for 20 sent $((before + 500))
	lab_cut net1
	lab_cut net1b
	lab_stream_ends n1 n2 30 || die "the stream does not end"
	sed -n 's/.*lost \([0-9]*\), .*out of order \([0-9]*\), longest gap \([0-9.]*\) ms.*/\3 \1 \2/p' "$LAB_DIR/n2/listen.log"
	lab_heal net1
	lab_heal net1b
	wait_for 60 cell_is n1 nodes n2 current "1: 10.1.0.2" || die "no fail-back"
}
bench_gap() {
	local i ms
	bench_cluster 5
	for ((i = 0; i < rounds; i++)); do one_gap 3000 alike >>"$LAB_DIR/gaps" || exit 1; done
	ms=$(median <"$LAB_DIR/gaps")
	figure "longest gap of a 1 ms stream at a cut" "$ms" ms "value <= 25" "least timeout 10 ms" "$(ratio "$ms" 10)"
	figure "streams with a loss or out of order" "$(awk '$2 || $3' "$LAB_DIR/gaps" | wc -l)" "of $rounds" "value <= 0"
}

# ---- loss and load ----
lossy() { local h; bench_lossy=1; for h in $(bench_hosts 5); do lab_loss "$h" eth1 "$1"; lab_loss "$h" eth2 "$1"; done; }
# one cluster under loss: false deaths, then how long a death takes
under_loss() {	# PROFILE PERCENT PARAMETERS
	local name="defaults, $2 % loss" before ms
	bench_enter "$1$2"
	bench_cluster 5 "$3"
	[ "$1" = default ] || name="heartbeat 20 ms, $2 % loss"
	[ "$2" != 0 ] || name="heartbeat 20 ms, idle"
	before=$(unreachable_count 5)
	[ "$2" = 0 ] || lossy "$2"
	sleep "$long"
	bench_alive 5
	figure "false deaths in $long s, $name" $(($(unreachable_count 5) - before)) pairs "value <= 0"
	[ "$2" != 0 ] || return 0
	ms=$(deaths) || exit 1
	figure "death seen by all, $name" "$ms" ms -
	echo "$1 $2 $ms" >>"$BENCH_DETECTION"
}
# at once, each with a cluster of its own: the time is that of one
bench_loss() {
	local spec pids='' pid failed=0
	for spec in "default 1" "default 5" "default 10" "default 20" "fast 0 $FAST" "fast 10 $FAST"; do
		read -r profile percent parameters <<<"$spec"
		under_loss "$profile" "$percent" "$parameters" &
		pids+=" $!"
	done
	for pid in $pids; do wait "$pid" || failed=1; done
	return $failed
}
bench_load() {
	local before i pids='' loops=$((4 * $(nproc)))
	bench_cluster 5
	before=$(unreachable_count 5)
	for ((i = 0; i < loops; i++)); do
		timeout "$long" sh -c 'while :; do :; done' &
		pids+=" $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	bench_alive 5
	figure "false deaths in $long s, 4 busy loops a core" $(($(unreachable_count 5) - before)) pairs "value <= 0"
}

# ---- partition and merge ----
trunks() { lab_run net1 ip link set trunk "$1"; lab_run net2 ip link set trunk "$1"; }
bench_partition() {
	local i t0 ms all='n1 n2 n3 n4 n5'
	bench_cluster 5
	for ((i = 0; i < rounds; i++)); do
		t0=$(now_ms)
		trunks down
		sleep 1
		wait_for 30 all_see "n1 n2 n3" n1 n2 n3 && wait_for 30 all_see "n4 n5" n4 n5 || die "no partition"
		# shellcheck disable=SC2086
		last_event nodeUnreachable "$t0" $all >>"$LAB_DIR/apart" || exit 1
		t0=$(now_ms)
		trunks up
		# shellcheck disable=SC2086
		last_event merged "$t0" $all >>"$LAB_DIR/together" || exit 1
		bench_settled 5 60 || die "no merge"
	done
	ms=$(median <"$LAB_DIR/apart")
	figure "partition seen by all" "$ms" ms "value <= 1000" "its settings 800 ms" "$(ratio "$ms" 800)"
	ms=$(median <"$LAB_DIR/together")
	figure "merged after the heal" "$ms" ms "value <= 1500" "a probe in 1000 ms" "$(ratio "$ms" 1000)"
}

# ---- a change ----
# It is told when the coordinator, then all others, have made it durable; all are on one disk here.
durable() { "$bench_dir/bench_messages" durable "$LAB_DIR/n1" $((rounds * 20)) "$1" | value_of durable-p50; }
bench_change() {
	local us one four
	bench_cluster 5
	one=$(durable 1)
	four=$(durable 4)
	us=$(lab_run n1 "$bench_dir/bench_messages" change "$LAB_DIR/n1/cdatd.sock" 2 $((rounds * 20)) | value_of change-p50)
	read -r own disk < <(awk -v us="$us" -v a="$one" -v b="$four" 'BEGIN { printf "%.2f %.2f", us / 1000, (a + b) / 1000 }')
	figure "change committed, 5 nodes" "$own" ms "value <= 5" "1, then 4 files durable $disk" "$(ratio "$own" "$disk")"
}

# ---- idle ----
octets_of() { awk -F'[: ]+' '$2 ~ /^eth/ { n += $11 } END { printf "%d\n", n }' "/proc/$(lab_pid "$1" cdatd)/net/dev"; }
cpu_us_of() { awk '{ printf "%d\n", $1 / 1000 }' "/proc/$(lab_pid "$1" cdatd)/schedstat"; }
counted() { local i; for ((i = 1; i <= $1; i++)); do echo "n$i $(octets_of n$i) $(cpu_us_of n$i)"; done; }
# idle_window N SECONDS: "octets of the average node, of the busiest, processor of the average"
idle_window() {
	counted "$1" >"$LAB_DIR/before"
	sleep "$2"
	counted "$1" >"$LAB_DIR/after"
	join <(sort "$LAB_DIR/before") <(sort "$LAB_DIR/after") | awk -v s="$2" '
		{ o = ($4 - $2) / s / 1000; octets += o; if (o > most) most = o; cpu += ($5 - $3) / s / 10000 }
		END { printf "%.2f %.2f %.2f\n", octets / NR, most, cpu / NR }'
}
# idle_figures N: once what follows a start, as the search for the path MTU, is over: the load falls
# no further
idle_figures() {
	local i last=1e9 octets most cpu
	for ((i = 0; i < 6; i++)); do
		read -r octets most cpu < <(idle_window "$1" $((long / 6 + 2)))
		awk -v a="$octets" -v b="$last" 'BEGIN { exit !(a >= 0.9 * b) }' && break
		last=$octets
	done
	figure "idle, octets sent by a node, $1 nodes" "$octets" kB/s "value <= 30"
	figure "the same, the busiest of them" "$most" kB/s -
	figure "idle, processor of a node, $1 nodes" "$cpu" % "value <= 1"
	echo "$1 $octets real" >>"$BENCH_IDLE"
}
bench_idle() { bench_cluster 5; idle_figures 5; }

# ---- 50 real daemons, 10 die at once ----
# One line for each view there is among the hosts: leader, epoch, members, digest of the table
views_of() { local h; for h in "$@"; do ctl "$h" status --json | jq -c '[.status[0] | .leader, .epoch, .members, .digest]'; done | sort | uniq -c; }
one_view() { [ "$(views_of "$@" | wc -l)" = 1 ]; }
bench_fifty() {
	local n=50 t0 i victims='' rest='' host wrong=0 ms
	bench_net $n 10
	bench_up $n
	figure "nodes taken out while 50 start" "$(unreachable_count $n)" pairs "value <= 0"
	idle_figures $n
	for ((i = 1; i <= n; i++)); do
		if [ $((i % 5)) = 0 ]; then victims+=" n$i"; else rest+=" n$i"; fi
	done
	t0=$(now_ms)
	for host in $victims; do lab_signal "$host" cdatd KILL; done
	sleep 1
	# shellcheck disable=SC2086
	wait_for 60 all_see "$(tr ' ' '\n' <<<"$rest" | sort | xargs)" $rest || die "10 of 50 are not agreed on within 60 s"
	# shellcheck disable=SC2086
	ms=$(last_event nodeUnreachable "$t0" $rest) || exit 1
	figure "10 of 50 die: seen by the other 40" "$ms" ms - "its settings 800 ms" "$(ratio "$ms" 800)"
	sleep 5		# who was taken out wrongly would be by now
	for host in $rest; do
		[ "$(ctl "$host" events --no-headings -o kind,node | awk '$1 == "nodeUnreachable" { print $2 }' | sort | xargs)" = \
			"$(tr ' ' '\n' <<<"$victims" | sort | xargs)" ] || wrong=$((wrong + 1))
	done
	figure "of these, that saw other deaths than the 10" $wrong nodes "value <= 0"
	# shellcheck disable=SC2086
	figure "views and tables among the 40" "$(views_of $rest | wc -l)" views "value <= 1"
}
