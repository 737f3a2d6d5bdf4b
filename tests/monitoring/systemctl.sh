#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# systemctl for hosts without systemd, so that the steps of a README can be followed word by
# word: "restart", "reload" and "stop" of a unit do what its file says about user, environment
# and command.
verb=$1
shift
for unit in "$@"; do
	unit=${unit%.service}
	file=/lib/systemd/system/$unit.service
	[ -e "$file" ] || { echo "Unit $unit.service not found." >&2; exit 5; }
	pid=/run/unit-$unit.pid
	setting() { sed -n "s/^$1=//p" "$file"; }
	case $verb in
	reload) kill -HUP "$(<"$pid")"; continue ;;
	enable) continue ;;
	restart | start | stop) ;;
	*) echo "systemctl.sh: $verb is not done here" >&2; exit 2 ;;
	esac
	if [ -e "$pid" ]; then
		kill "$(<"$pid")" 2>/dev/null
		while kill -0 "$(<"$pid")" 2>/dev/null; do sleep 0.05; done
	fi
	[ "$verb" != stop ] || continue
	user=$(setting User)
	(
		set -a
		while read -r line; do eval "$line"; done < <(setting Environment)
		# shellcheck disable=SC1090
		for env in $(setting EnvironmentFile); do [ ! -e "${env#-}" ] || . "${env#-}"; done
		set +a
		while read -r line; do [ -z "$line" ] || eval "${line//\$\$/\$}"; done < <(setting ExecStartPre)
		command=$(setting ExecStart)
		[ -z "$user" ] || command="setpriv --reuid=$user --regid=$(id -g "$user") --init-groups --inh-caps=+net_bind_service --ambient-caps=+net_bind_service $command"
		# ${X} is one word, even when it is empty; $X as many as it has
		command=$(sed 's/\${\([A-Z0-9_]*\)}/"&"/g' <<<"$command")
		eval "exec setsid $command" </dev/null >>"/run/unit-$unit.log" 2>&1 &
		echo $! >"$pid"
	)
	# A daemon that cannot start says so soon.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.1
		kill -0 "$(<"$pid")" 2>/dev/null || { tail -n 20 "/run/unit-$unit.log" >&2; exit 1; }
	done
done
