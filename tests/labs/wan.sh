# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The wide area network of FIG. 7 and FIG. 8, sourced by both:
#
#   A 9.1.1.1, 9.2.1.1   B 9.1.1.2, 9.2.1.2      site 1: subnets 9.1.1.0 and 9.2.1.0
#   C 9.3.1.1, 9.4.1.1   D 9.3.1.2, 9.4.1.2      site 2: subnets 9.3.1.0 and 9.4.1.0
#   R1 9.1.1.3 -- R2 9.3.1.3, not members
#
# The default route of each node is the router of its first subnet.  The routers reach
# the second subnet of their site through a member: R1 through B, R2 through C.

wan_network() {
	lab_switch net1 net2 net3 net4
	lab_host A D
	lab_router B C R1 R2
	wan_node A 1 2 1
	wan_node B 1 2 2
	wan_node C 3 4 1
	wan_node D 3 4 2
	lab_plug R1 eth0 net1 9.1.1.3/24
	lab_plug R2 eth0 net3 9.3.1.3/24
	lab_link R1 wan 10.0.12.1/30 R2 wan 10.0.12.2/30
	lab_route R1 default via 10.0.12.2
	lab_route R2 default via 10.0.12.1
	lab_route R1 9.2.1.0/24 via 9.1.1.2
	lab_route R2 9.4.1.0/24 via 9.3.1.1
}

# wan_node NAME FIRST SECOND HOST: on the subnets 9.FIRST.1.0 and 9.SECOND.1.0
wan_node() {
	lab_plug "$1" "eth$2" "net$2" "9.$2.1.$4/24"
	lab_plug "$1" "eth$3" "net$3" "9.$3.1.$4/24"
	lab_route "$1" default via "9.$2.1.3"
}

# wan_cluster [ROUTE...]: with wanted routes, each "NODE SUBNET ROUTER"
wan_cluster() {
	lab_cluster "9.1.1.1, 9.2.1.1, 9.3.1.1, 9.4.1.1" A B C D < <(wan_table "$@")
}
wan_table() {
	local node route
	echo "table:"
	echo "  nodes:"
	for node in "A 1 1 2 1" "B 2 1 2 2" "C 3 3 4 1" "D 4 3 4 2"; do
		# shellcheck disable=SC2086
		set_node $node
	done
	[ $# = 0 ] || echo "  routes:"
	for route in "$@"; do
		# shellcheck disable=SC2086
		set_route $route
	done
}
set_node() {
	echo "    - name: $1"
	echo "      id: $2"
	echo "      adapters:"
	echo "        - {address: 9.$3.1.$5/24, preference: 10}"
	echo "        - {address: 9.$4.1.$5/24, preference: 20}"
}
set_route() { echo "    - {node: $1, subnet: $2, via: $3}"; }
