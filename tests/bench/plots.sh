# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The plots of tests/bench/run: detection of a death against loss, load of a node against the
# number of nodes.  Data files stand beside the pictures.

# Deaths under loss at both profiles; those of the sections count too.
bench_detection() {
	local percent
	bench_cluster 5 "$FAST"
	for percent in 1 5 20; do
		lossy $percent
		echo "fast $percent $(deaths)" >>"$BENCH_DETECTION"
		lossless
	done
}
lossless() { local h; bench_lossy=''; for h in $(bench_hosts 5); do lab_drop_end "$h" eth1; lab_drop_end "$h" eth2; done; }

plot_style='set terminal svg size 720,440 font "sans,13" background rgb "white"; set grid; set border 3
	set tics nomirror; set key top left Left reverse; set style line 1 lc rgb "#1f5fa8" lw 2 pt 7 ps 0.8
	set style line 2 lc rgb "#c2571a" lw 2 pt 5 ps 0.8; set style line 3 lc rgb "#777777" lw 1 dt 2'
# plot_of DIRECTORY NAME: gnuplot's commands on standard input
plot_of() {
	{ printf '%s\nset output "%s/%s.svg"\n' "$plot_style" "$1" "$2"; cat; } | (cd "$1" && gnuplot) && say "plot: $1/$2.svg"
}
bench_plots() {
	local dir=$1
	command -v gnuplot >/dev/null || { figure_skip plots "no program gnuplot"; return; }
	mkdir -p "$dir"
	if [ -s "$BENCH_IDLE" ]; then
		{ echo "# nodes, kB a node sends in a second when idle, how it was found"; sort -n "$BENCH_IDLE"; } >"$dir/load.data"
		plot_of "$dir" load <<-'END'
			set logscale x; set xrange [2:7000]; set yrange [0:35]
			set xtics (3, 5, 10, 17, 50, 200, 1000, 5000)
			set title "Idle load of a node at default settings"
			set xlabel "nodes in the cluster"; set ylabel "sent by a node, kB/s"
			plot "<grep simulated load.data" using 1:2 with linespoints ls 1 title "simulated, virtual time", \
				"<grep real load.data" using 1:2 with points ls 2 ps 1.2 title "real daemons in namespaces", \
				30 ls 3 title "goal: at most 30 kB/s"
		END
	fi
	if [ -s "$BENCH_DETECTION" ]; then
		{ echo "# profile, loss in percent of the packets on both links, ms from SIGKILL until all have declared it"
		  sort -k1,1 -k2,2n "$BENCH_DETECTION"; } >"$dir/detection.data"
		plot_of "$dir" detection <<-'END'
			set xrange [-1:21]; set logscale y; set yrange [20:3000]; set ytics (20, 50, 100, 200, 500, 1000, 2000)
			set title "A node is killed: until all others have declared it, 5 nodes"
			set xlabel "packets lost on both links, %"; set ylabel "ms"
			plot "<grep ^default detection.data" using 2:3 with linespoints ls 1 title "default settings", \
				"<grep ^fast detection.data" using 2:3 with linespoints ls 2 title "heartbeat 20 ms", \
				900 ls 3 title "goals: 900 and 90 ms", 90 ls 3 notitle
		END
	fi
}
