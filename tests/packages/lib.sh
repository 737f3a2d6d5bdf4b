# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Hosts that run Debian with systemd, each in a network namespace of the labs' harness
# (tests/labs/lib.sh, which is read first): for tests of the packages as an operator
# installs them.
#
#   machines_tree PACKAGE...        a tree of Debian 12 with these packages, made once
#   machine_boot HOST               boots a copy of it in the namespace of HOST
#   machine HOST COMMAND...         runs a command there, as root
#
# A copy is an overlay: what a host writes stays its own and goes with the lab.
# The tree is below CDAT_BUILD and is used again while the list of packages is the same.

# The tests need what a user namespace does not give: mounts, cgroups, several users.
machines_begin() {
	[ "$(id -u)" = 0 ] || { LAB=$1; skip "needs root"; exit 0; }
	for lab_i in systemd-nspawn debootstrap nsenter; do
		command -v $lab_i >/dev/null || { LAB=$1; skip "no program $lab_i"; exit 0; }
	done
	lab_begin "$@"
	LAB_RELEASE=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ "$LAB_RELEASE" = bookworm ] || { skip "this host is not Debian 12"; exit 0; }
	trap machines_end EXIT
}

# The source of packages that this host uses for its release.
machines_mirror() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk -v release="$LAB_RELEASE" '$2 == release && $3 == "main" { print $1; exit }'
}

machines_tree() {
	local tree=$CDAT_BUILD/debian-tree mirror list
	list=$(IFS=,; echo "systemd,systemd-sysv,dbus,iproute2,procps,$*")
	MACHINE_TREE=$tree
	[ "$(cat "$tree.packages" 2>/dev/null)" = "$list" ] && return
	rm -rf "$tree" "$tree.packages"
	mirror=$(machines_mirror)
	[ -n "$mirror" ] || die "no source of packages for $LAB_RELEASE is configured on this host"
	debootstrap --variant=minbase --include="$list" "$LAB_RELEASE" "$tree" "$mirror" \
		>"$CDAT_BUILD/debian-tree.log" 2>&1 </dev/null || {
		tail -n 20 "$CDAT_BUILD/debian-tree.log"
		die "debootstrap"
	}
	printf '%s\n' "$list" >"$tree.packages"
}

# machine_boot HOST: systemd with the network of the host's namespace.  FILES... are
# copied to its /root first.
machine_boot() {
	local host=$1 dir=$LAB_DIR/machines/$1; shift
	mkdir -p "$dir/upper" "$dir/work" "$dir/root"
	mountpoint -q "$LAB_DIR/machines" || {
		mount -t tmpfs -o size=4g tmpfs "$LAB_DIR/machines" || die "tmpfs"
		mkdir -p "$dir/upper" "$dir/work" "$dir/root"
	}
	mount -t overlay -o "lowerdir=$MACHINE_TREE,upperdir=$dir/upper,workdir=$dir/work" overlay \
		"$dir/root" || die "overlay of $host"
	echo "$host" >"$dir/root/etc/hostname"
	rm -f "$dir/root/etc/machine-id"
	[ $# = 0 ] || cp "$@" "$dir/root/root/"
	systemd-nspawn --quiet --register=no --keep-unit --machine="$LAB_PREFIX-$host" \
		--directory="$dir/root" --network-namespace-path="/run/netns/$(lab_ns "$host")" \
		--hostname="$host" --boot </dev/null >"$LAB_DIR/$host/boot.out" 2>&1 &
	echo $! >"$LAB_DIR/$host/boot.pid"
	disown $!
	wait_for 60 machine_up "$host" || die "$host does not boot"
}

# Process 1 of the host is the child of nspawn that has a PID namespace of its own.
machine_pid() { pgrep -P "$(lab_pid "$1" boot)" | head -n 1; }
machine_up() {
	machine "$1" systemctl is-system-running | grep -qE '^(running|degraded)$'
}

# machine HOST COMMAND...
machine() {
	local pid
	pid=$(machine_pid "$1") && [ -n "$pid" ] || return 1
	shift
	nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --root --wdns=/root -- \
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

machine_halt() {
	local pid
	pid=$(machine_pid "$1")
	[ -z "$pid" ] || kill -s RTMIN+4 "$pid" 2>/dev/null	# systemd(1): power off
	wait_for 30 lab_fails lab_alive "$1" boot || lab_stop "$1" boot KILL
}

machines_end() {
	local status=$? host
	trap '' INT TERM HUP
	for host in "$LAB_DIR"/machines/*/; do
		host=$(basename "$host")
		[ -s "$LAB_DIR/$host/boot.pid" ] && machine_halt "$host"
		umount "$LAB_DIR/machines/$host/root" 2>/dev/null
	done
	umount "$LAB_DIR/machines" 2>/dev/null
	(exit $status)
	lab_cleanup
}
