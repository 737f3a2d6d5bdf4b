# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the tests of cdat-notify share, on top of the harness of the labs: a node or a small
# cluster, receivers that behave as they are told (receiver.py), a CA, and what the running
# cdat-notify tells of itself.
#
#   . "$(dirname "$0")/lib.sh"
#   notify_begin NAME "$@"
#   notify_nodes node1 node2		# a cluster; node N is 9.1.1.N and 9.2.1.N
#   notify_conf node1 <<END		# its notify.yaml; state-dir and socket are added
#   sinks: ...
#   END
#   notify_start node1
#
# Receivers listen on 127.0.0.1 of a node, ports above 30000.

# shellcheck source=tests/labs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../labs/lib.sh"

notify_need() { lab_need contrib/install-deps "$@"; }

notify_begin() {
	lab_begin "$@"
	notify_need cdatd cdatctl cdat-notify python3 openssl
	R=$LAB_DIR/receivers
	mkdir -p "$R" "$LAB_DIR/ca"
}

# notify_nodes NODE...: a cluster of them on two subnets
notify_nodes() {
	local node table='table:
  nodes:'
	lab_switch net1 net2
	for node in "$@"; do
		lab_host "$node"
		lab_plug "$node" eth0 net1 "9.1.1.${node#node}/24"
		lab_plug "$node" eth1 net2 "9.2.1.${node#node}/24"
		table+="
    - {name: $node, id: ${node#node}, adapters: [{address: 9.1.1.${node#node}/24},
        {address: 9.2.1.${node#node}/24, preference: 20}]}"
	done
	lab_cluster 9.1.1.1 "$@" <<-END
		events-limit: 4000
		$table
		${NOTIFY_ROLES:-}
	END
	wait_for 30 all_see "$*" "$@" || die "the cluster does not form"
}

# notify_conf NODE: its configuration from standard input
notify_conf() {
	{
		cat
		printf 'state-dir: %s/notify\nsocket: %s/cdatd.sock\n' "$LAB_DIR/$1" "$LAB_DIR/$1"
	} >"$LAB_DIR/$1/notify.yaml"
}
notify_start() { lab_spawn "$1" notify cdat-notify -c "$LAB_DIR/$1/notify.yaml"; notify_connected "$1"; }
notify_connected() { wait_for 60 value_is "$1" connected true || die "cdat-notify of $1 does not connect"; }
notify_status() { cdat-notify -c "$LAB_DIR/$1/notify.yaml" --status --json; }

# value NODE PATH: of its status: connected, or SINK.KEY
value() {
	awk -v sink="${2%.*}" -v key="\"${2##*.}\":" -v top="$2" '
		top !~ /\./ { sink = "" }
		$1 == "\"name\":" { name = $2; gsub(/[",]/, "", name) }
		$1 == key && name == sink { sub(/^[^:]*: *"?/, ""); sub(/"?,?$/, ""); print; exit }' \
		"$LAB_DIR/$1/notify/status.json"
}
value_is() { [ "$(value "$1" "$2" 2>/dev/null)" = "$3" ]; }
value_least() { [ "$(value "$1" "$2" 2>/dev/null || echo -1)" -ge "$3" ]; }

# ---- receivers ----
# receivers NODE NAME PORT...: one process in the background
receivers() {
	local node=$1 name=$2; shift 2
	rm -f "$R/ready"
	lab_spawn "$node" "$name" python3 "$lab_top/tests/notify/receiver.py" "$R" "$@"
	wait_for 20 test -e "$R/ready" || die "the receivers of $node do not start"
}
# mode PORT MODE: from the next request on
mode() { printf '%s\n' "${*:2}" >"$R/$1.new"; mv "$R/$1.new" "$R/$1.mode"; }
got() { if [ -e "$R/$1.got" ]; then wc -l <"$R/$1.got"; else echo 0; fi; }
got_is() { [ "$(got "$1")" = "$2" ]; }
got_least() { [ "$(got "$1")" -ge "$2" ]; }
asked() { cat "$R/$1.count" 2>/dev/null || echo 0; }
asked_least() { [ "$(asked "$1")" -ge "$2" ]; }
# field PORT EXPRESSION: a Python expression of each request: r, h (headers), b (body as JSON)
field() {
	[ -e "$R/$1.got" ] && python3 -c '
import json, sys
for line in open(sys.argv[1]):
    r = json.loads(line); h = r["headers"]; b = json.loads(r["body"])
    print(eval(sys.argv[2]))' "$R/$1.got" "$2"
}
# numbers PORT KIND: numbers of the events of a kind that arrived, in the order of arrival
numbers() { field "$1" 'b["data"]["event"] if b["type"] == "cdat.'"$2"'" else ""' | grep .; }

# ---- certificates ----
# notify_ca NAME: a CA in LAB_DIR/ca/NAME.pem
notify_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=CA $1" \
		-addext basicConstraints=critical,CA:TRUE \
		-keyout "$LAB_DIR/ca/$1.key" -out "$LAB_DIR/ca/$1.pem" 2>/dev/null || die "no CA $1"
}
# notify_cert CA NAME SAN: LAB_DIR/ca/NAME.pem, NAME.key, and both in NAME.both
notify_cert() {
	local d=$LAB_DIR/ca
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
		-keyout "$d/$2.key" -out "$d/$2.csr" 2>/dev/null &&
	openssl x509 -req -in "$d/$2.csr" -CA "$d/$1.pem" -CAkey "$d/$1.key" -CAcreateserial -days 2 \
		-extfile <(printf 'subjectAltName=%s\n' "$3") -out "$d/$2.pem" 2>/dev/null || die "no certificate $2"
	cat "$d/$2.pem" "$d/$2.key" >"$d/$2.both"
	chmod 600 "$d/$2.key" "$d/$2.both"
}

# secret NAME TEXT: a file that only its owner can read
secret() { (umask 077; printf '%s\n' "$2" >"$LAB_DIR/$1"); }

# change NODE N: N events tableChanged, one a change
change() {
	local i
	for ((i = 1; i <= $2; i++)); do
		ctl "$1" set 1/1 preference=$((10 + i % 2)) >/dev/null || return 1
	done
}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(lab_pid "$1" "$2")/status"; }

# ---- events without a cluster, as many and as fast as wanted ----
# notify_servicer HOST: the fake servicer of tests/snmp; orders by `order HOST LINE`
notify_servicer() {
	local fifo=$LAB_DIR/$1/orders fake=$CDAT_BUILD/tests/snmp/fake_servicer
	[ -x "$fake" ] || { skip "tests/snmp/fake_servicer is not built"; exit 0; }
	mkfifo "$fifo"
	exec {notify_fd}<>"$fifo"
	# shellcheck disable=SC2016
	lab_spawn "$1" servicer sh -c 'exec "$1" "$2" <"$3"' sh "$fake" "$LAB_DIR/$1/cdatd.sock" "$fifo"
	wait_for 20 grep -q '^ready' "$LAB_DIR/$1/servicer.log" || die "the fake servicer does not start"
}
order() { printf '%s\n' "${*:2}" >"$LAB_DIR/$1/orders"; }
# burst HOST FROM TO: events nodeUnreachable with these numbers
burst() {
	local i
	for ((i = $2; i <= $3; i++)); do printf 'event 1 2 0 0 %d node nodeB unreachable, number %d\n' "$i" "$i"; done >"$LAB_DIR/$1/orders"
}
posted() { grep -c '^posted' "$LAB_DIR/$1/servicer.log"; }
posted_is() { [ "$(posted "$1")" = "$2" ]; }
# arrive SECONDS NAME PORT FROM TO: the same as a test that waits for the last one
arrive() {
	wait_for "$1" got_least "$3" $(($5 - $4 + 1))
	check "$2" in_order "$3" "$4" "$5"
}
# in_order PORT FROM TO: exactly these events have arrived, each once and in their order
in_order() { cmp <(numbers "$1" nodeUnreachable) <(seq "$2" "$3"); }
