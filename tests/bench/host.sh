# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sections of tests/bench/run on one host, and those that are simulated.

# ---- look-up of a name ----
# with_names HOSTS-FILE RESOLV-FILE COMMAND...: the command sees these as the host's own
with_names() {
	local hosts=$1 resolv=$2; shift 2
	printf 'hosts: files dns\n' >"$LAB_DIR/nsswitch"
	lab_run n1 unshare --mount sh -c 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf &&
		mount --bind "$3" /etc/nsswitch.conf && shift 3 && exec "$@"' sh "$hosts" "$resolv" "$LAB_DIR/nsswitch" "$@"
}
looked_up() { with_names "$1" "$2" "$bench_dir/bench_core" n9.cluster >"$LAB_DIR/looked"; }
own_ns() { sed -n 's/^look-up by name.* \([0-9]*\) ns .*/\1/p' "$LAB_DIR/looked"; }
their_ns() { sed -n 's/^getaddrinfo.* \([0-9]*\) ns .*/\1/p' "$LAB_DIR/looked"; }
# names_beside WHAT HOSTS-FILE RESOLV-FILE
names_beside() {
	looked_up "$2" "$3"
	figure "getaddrinfo, $1" "$(their_ns)" ns "ratio >= 100" "look-up $(own_ns) ns" "$(ratio "$(their_ns)" "$(own_ns)")"
}
bench_lookup() {
	local i
	lab_host n1
	for ((i = 1; i <= 10; i++)); do echo "10.1.0.$i n$i.cluster"; done >"$LAB_DIR/hosts"
	: >"$LAB_DIR/empty"; echo "nameserver 127.0.0.1" >"$LAB_DIR/resolv"
	looked_up "$LAB_DIR/hosts" "$LAB_DIR/empty"
	figure "look-up by name, 10,000 nodes" "$(own_ns)" ns "value <= 60"
	names_beside "hosts file of 10 names" "$LAB_DIR/hosts" "$LAB_DIR/empty"
	if ! command -v dnsmasq >/dev/null; then
		figure_skip "getaddrinfo, dnsmasq on loopback" "no program dnsmasq"
		return
	fi
	lab_spawn n1 dns dnsmasq --conf-file=/dev/null --keep-in-foreground --no-resolv --no-hosts --addn-hosts="$LAB_DIR/hosts" \
		--listen-address=127.0.0.1 --bind-interfaces --pid-file="$LAB_DIR/n1/dnsmasq.pid" --user=root
	wait_for 10 with_names "$LAB_DIR/empty" "$LAB_DIR/resolv" getent ahosts n9.cluster || die "dnsmasq does not answer"
	names_beside "dnsmasq on loopback" "$LAB_DIR/empty" "$LAB_DIR/resolv"
	lab_stop n1 dns
}

bench_seal() {
	local ns ratio size told=''
	while read -r size ns ratio; do
		figure "seal and open, $size octets" "$ns" ns - "libsodium alone" "$ratio"
		told=1
	done < <("$bench_dir/bench_wire" | sed -n 's/^seal and open \([0-9]*\) octets: \([0-9]*\) ns (\([0-9.]*\) x libsodium.*/\1 \2 \3/p')
	[ -n "$told" ] || die "bench_wire tells nothing"
}

# ---- start-up and memory of each program, at tables of 5 and 5,000 nodes ----
ms_since() { awk -v us=$(($(now_us) - $1)) 'BEGIN { printf "%.0f", us / 1000 }'; }
answers_at() { ctl "$1" status >/dev/null 2>&1 || [ $? -lt 3 ]; }
status_mib() { awk -v f="$3:" '$1 == f { printf "%.1f", $2 / 1024 }' "/proc/$(lab_pid "$1" "$2")/status"; }
resident() {	# HOST PROCESS NODES
	figure "resident memory of $2, ${3} nodes" "$(status_mib "$1" "$2" VmRSS)" MiB -
}
# one servicer of a table of N nodes, in which the others are unreachable, with all that attaches
one_of() {	# HOST N
	local host=$1 n=$2 t0 a ms least
	lab_host "$host"
	for a in 1 2 3 4; do lab_run "$host" ip address add 10.$a.0.1/16 dev lo; done
	[ -e "$LAB_DIR/cluster.key" ] || cdatctl key generate "$LAB_DIR/cluster.key" >/dev/null
	{
		printf 'cluster: one\nnode: n1\nkey-file: %s/cluster.key\n' "$LAB_DIR"
		bench_table_of "$n" '' 4
	} | lab_config "$host"
	t0=$(now_us); cdatctl --version >/dev/null; least=$(ms_since "$t0")
	t0=$(now_us)
	lab_cdatd "$host"
	until answers_at "$host"; do lab_alive "$host" cdatd || die "cdatd does not start"; done
	ms=$(ms_since "$t0")
	figure "cdatd, from its start to an answer, $n nodes" "$ms" ms - "cdatctl --version $least ms" "$(ratio "$ms" "$least")"
	wait_for 60 members_are "$host" n1 || die "no cluster of one"
}
agent_of() {	# HOST N
	local host=$1 n=$2 t0 total
	command -v cdat-agentx >/dev/null || { figure_skip "cdat-agentx" "not built"; return; }
	total=$(snmptranslate -On -M "$lab_top/mib:$lab_top/mib/base" -m CDAT-MIB CDAT-MIB::cdatAdaptersTotal.0)
	printf 'rocommunity public\n' >"$LAB_DIR/$host/agent.conf"
	t0=$(now_us)
	lab_spawn "$host" cdat-agentx cdat-agentx -s "$LAB_DIR/$host/cdatd.sock" --standalone=udp:127.0.0.1:1161 \
		-c "$LAB_DIR/$host/agent.conf"
	until [ "$(lab_run "$host" snmpget -v2c -c public -t 0.2 -r 0 -Oqv 127.0.0.1:1161 "$total" 2>/dev/null)" = $((n * 4)) ]; do
		lab_alive "$host" cdat-agentx || die "cdat-agentx does not start"
		[ $(($(now_us) - t0)) -lt 60000000 ] || die "cdat-agentx has not all rows within 60 s"
	done
	figure "cdat-agentx, start until all rows, $n nodes" "$(ms_since "$t0")" ms -
	resident "$host" cdat-agentx "$n"
}
notifier_of() {	# HOST N
	local host=$1 n=$2
	command -v cdat-notify >/dev/null || { figure_skip "cdat-notify" "not built"; return; }
	printf 'state-dir: %s/notify\nsocket: %s/cdatd.sock\nsinks:\n  - {name: none, type: exec, command: [/bin/true]}\n' \
		"$LAB_DIR/$host" "$LAB_DIR/$host" >"$LAB_DIR/$host/notify.yaml"
	lab_spawn "$host" cdat-notify cdat-notify -c "$LAB_DIR/$host/notify.yaml"
	wait_for 30 grep -q '"connected": *true' "$LAB_DIR/$host/notify/status.json" || die "cdat-notify does not connect"
	resident "$host" cdat-notify "$n"
}
# a servicer that is given 5,000 nodes with 4 adapters each while it runs
loaded_of() {	# HOST N
	local host=$1 n=$2
	one_of "$host" 1
	{ printf 'cluster: one\nnode: n1\nkey-file: %s/cluster.key\n' "$LAB_DIR"; bench_table_of "$n" '' 4; } >"$LAB_DIR/$host/load.yaml"
	ctl "$host" load "$LAB_DIR/$host/load.yaml" >/dev/null || die "cdatctl load fails"
	figure "resident memory of cdatd, after load of $n nodes" "$(status_mib "$host" cdatd VmRSS)" MiB "value <= 64"
	figure "most memory of cdatd, at load of $n nodes" "$(status_mib "$host" cdatd VmHWM)" MiB "value <= 64"
}
bench_start() {
	local n
	for n in 5 5000; do
		one_of one$n $n
		agent_of one$n $n
		notifier_of one$n $n
		resident one$n cdatd $n
	done
	loaded_of loaded 5000
}

# ---- large clusters, simulated ----
# Virtual time: the figures are the same on each machine.  Those that take longer than a run may
# are kept in scale.figures; --keep-scale makes them anew.
kept_scale=$lab_top/tests/bench/scale.figures
scale_of() {	# N SECONDS [OPTION...]: lines "NAME-N VALUE UNIT"
	local n=$1 limit=$2 held=1 out
	shift 2
	out=$(timeout "$limit" "$CDAT_BUILD/tests/sim/sim" --figures --nodes "$n" "$@") || held=0
	sed -n 's/^figure //p' <<<"$out"
	# it ends with 0 when one view of all came of it, nobody was removed who answered, and all
	# other invariants held
	case $* in *--churn*) echo "churn-invariants-$n $held held" ;; esac
}
scale_rows() {	# lines of scale_of, and where they are from
	local name value unit goal ref r small
	while read -r name value unit; do
		goal=- ref=${1:--} r=-
		case $name in
		idle-*) goal="value <= 30"; echo "${name#idle-} $value simulated" >>"$BENCH_IDLE" ;;
		change-5) goal="value <= 5" ;;
		change-1000) goal="value <= 50" ;;
		churn-load-5000)	# bounded: it does not grow with the cluster
			small=$(value_of churn-load-1000 <"$kept_scale")
			goal="ratio <= 1.5" ref="1,000 nodes $small" r=$(ratio "$value" "$small") ;;
		churn-invariants-*) goal="value >= 1" ;;
		join-time-1000) goal="value <= 10" ;;
		join-octets-1000) goal="value <= 120" ;;
		esac
		figure "simulated, $name" "$value" "$unit" "$goal" "$ref" "$r"
	done
}
bench_scale() {
	local n
	for n in 3 5 17 50 200; do
		scale_of $n 150 >"$LAB_DIR/scale"
		[ -s "$LAB_DIR/scale" ] || die "sim --figures --nodes $n ended without a figure"
		scale_rows <"$LAB_DIR/scale"
	done
	for n in 1000 5000; do
		if grep -q -- "-$n " "$kept_scale" 2>/dev/null; then
			grep -- "-$n " "$kept_scale" | scale_rows "kept: scale.figures"
		else
			figure_skip "simulated, $n nodes" "not in scale.figures; tests/bench/run --keep-scale makes it"
		fi
	done
}
# --keep-scale: the kept file anew; hours are the most it may take.  1 % of the nodes go and come
# each minute, for the seconds said; nodes that come for 25 s more, then one view is waited for.
keep_scale() {
	{
		echo "# sim --figures of $(cdatd --version | awk '{ print $NF; exit }'), $(date -u +%Y-%m-%d); lines: NAME-NODES VALUE UNIT"
		scale_of 1000 7200
		scale_of 1000 7200 --lean --churn 60 | grep '^churn'
		scale_of 5000 7200 --churn 10
	} >"$kept_scale.new" && mv "$kept_scale.new" "$kept_scale"
}

bench_snmp() {
	local rows
	rows=$(wc -l <"$BENCH_ROWS")
	section=snmp BENCH_ROUNDS=$([ -n "$BENCH_QUICK" ] && echo 1 || echo 3) \
		"$lab_top/tests/bench/snmp" >"$LAB_DIR/snmp.out" 2>&1
	[ "$(wc -l <"$BENCH_ROWS")" -gt "$rows" ] || die "$(tail -n 1 "$LAB_DIR/snmp.out" | cut -c1-60)"
}
