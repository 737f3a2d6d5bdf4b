# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Zabbix 6.0 of Debian in a host of a lab: PostgreSQL, server, frontend and the receiver of
# traps, each with its own files below LAB_DIR/HOST and none of the system's services.
#
#   zabbix_need                 skips the test if something is not there
#   zabbix_start HOST           all of them; the frontend is http://127.0.0.1:ZABBIX_WEB
#   zabbix_api HOST ARGUMENT... zabbix_api.py at this frontend
#
# The frontend runs in PHP's own web server.  Polling, caches and trapper run at their
# highest rate, so that tests wait seconds where a site waits minutes.  Shared memory and
# semaphores are in namespaces of their own, since the end of a lab is a kill.

ZABBIX_WEB=30080
ZABBIX_PORT=30051
zabbix_sql=/usr/share/zabbix-server-pgsql
zabbix_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)

zabbix_need() {
	local p
	for p in zabbix_server php snmptrapd python3 setpriv localedef; do
		command -v $p >/dev/null || { skip "no program $p"; exit 0; }
	done
	[ -x "$zabbix_bin/initdb" ] || { skip "no PostgreSQL server"; exit 0; }
	[ -e $zabbix_sql/schema.sql.gz ] && [ -e /usr/share/zabbix/api_jsonrpc.php ] ||
		{ skip "no schema or no frontend of Zabbix"; exit 0; }
	# PostgreSQL refuses to run as root, and a user namespace has no other user
	setpriv --reuid=postgres --clear-groups true 2>/dev/null || { skip "needs real root"; exit 0; }
}

zabbix_psql() { lab_run "$1" psql -q -v ON_ERROR_STOP=1 -h "$LAB_DIR/$1/pg" -U zabbix "${@:2}" zabbix; }

# The rows of a new installation without its templates, hosts and pictures: these are 99 % of
# them, take a minute to load on a busy machine, and nothing here uses them.
zabbix_rows() {
	zcat $zabbix_sql/data.sql.gz | awk '
		BEGIN {
			n = split("role role_rule users usrgrp users_groups hstgrp media_type config " \
				"config_autoreg_tls graph_theme globalmacro regexps expressions", names, " ")
			for (i = 1; i <= n; i++) wanted[names[i]] = 1
		}
		/^(START TRANSACTION|COMMIT);/ { next }
		/^INSERT INTO / { keep = ($3 in wanted) }
		keep'
}

# An empty database, then the schema: as zabbix-server-pgsql/README.Debian says.
zabbix_database() {
	local host=$1 dir=$LAB_DIR/$1/pg file
	install -d -o postgres -m 755 "$dir" || die "user postgres"
	setpriv --reuid=postgres --regid=postgres --clear-groups "$zabbix_bin/initdb" --no-sync -A trust -U zabbix \
		-E UTF8 --locale=C.UTF-8 -D "$dir/data" >"$dir.log" 2>&1 || die "initdb"
	lab_spawn "$host" postgres unshare --ipc setpriv --reuid=postgres --regid=postgres --clear-groups "$zabbix_bin/postgres" \
		-D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
		-c synchronous_commit=off -c max_connections=60 -c shared_buffers=64MB
	wait_for 60 "$zabbix_bin/pg_isready" -q -h "$dir" || die "PostgreSQL does not start"
	lab_run "$host" createdb -h "$dir" -U zabbix zabbix || die "createdb"
	for file in schema images; do
		zcat $zabbix_sql/$file.sql.gz | zabbix_psql "$host" -1 >>"$dir.log" 2>&1 || die "database: $file.sql"
	done
	zabbix_rows | zabbix_psql "$host" -1 >>"$dir.log" 2>&1 || die "database: data.sql"
}

zabbix_server_start() {
	local host=$1 dir=$LAB_DIR/$1/zabbix
	lab_spawn "$host" zabbix_server unshare --ipc zabbix_server -f -c "$dir/server.conf"
	wait_for 60 grep -q 'server #0 started \[main process\]' "$dir/server.log" || die "zabbix_server does not start"
}

# zabbix_start HOST: snmptrapd, server and frontend.
zabbix_start() {
	local host=$1 dir=$LAB_DIR/$1/zabbix
	mkdir -p "$dir/web" "$dir/locale"
	zabbix_database "$host"
	: >"$dir/traps.log"
	printf '%s\n' 'authCommunity log,execute public' \
		"traphandle default $lab_top/contrib/zabbix/cdat_zabbix_trap $dir/traps.log" >"$dir/snmptrapd.conf"
	# without MIB files, as on a server that has only Zabbix
	lab_spawn "$host" snmptrapd env MIBS= MIBDIRS=/nonexistent snmptrapd -f -n -Lo -C -c "$dir/snmptrapd.conf" \
		-x "$dir/agentx" "udp:$MON_MANAGER:162"
	cat >"$dir/server.conf" <<-END
		AllowRoot=1
		LogType=file
		LogFile=$dir/server.log
		PidFile=$dir/server.pid
		SocketDir=$dir
		ListenIP=127.0.0.1
		ListenPort=$ZABBIX_PORT
		DBHost=$LAB_DIR/$host/pg
		DBName=zabbix
		DBUser=zabbix
		Timeout=2
		StartPollers=6
		StartPollersUnreachable=2
		StartTrappers=1
		StartPingers=0
		StartDiscoverers=0
		StartHTTPPollers=1
		StartPreprocessors=1
		StartLLDProcessors=1
		StartHistoryPollers=2
		StartTimers=1
		StartEscalators=1
		StartAlerters=1
		StartDBSyncers=2
		CacheUpdateFrequency=1
		UnreachableDelay=5
		UnavailableDelay=5
		StartSNMPTrapper=1
		SNMPTrapperFile=$dir/traps.log
	END
	zabbix_server_start "$host"

	# The frontend wants the locale en_US.UTF-8, which a bare Debian has not made.
	localedef -i en_US -f UTF-8 "$dir/locale/en_US.UTF-8" >/dev/null 2>&1
	cp -RL /usr/share/zabbix/. "$dir/web/" 2>/dev/null; [ -e "$dir/web/api_jsonrpc.php" ] || die "frontend"
	# Debian's looks for its configuration in /etc
	sed -i "s|'/etc/zabbix/zabbix.conf.php'|'$dir/zabbix.conf.php'|" "$dir/web/include/classes/core/CConfigFile.php"
	cat >"$dir/zabbix.conf.php" <<-END
		<?php
		\$DB = ['TYPE' => 'POSTGRESQL', 'SERVER' => '$LAB_DIR/$host/pg', 'PORT' => '0',
			'DATABASE' => 'zabbix', 'USER' => 'zabbix', 'PASSWORD' => '', 'SCHEMA' => '',
			'ENCRYPTION' => false, 'KEY_FILE' => '', 'CERT_FILE' => '', 'CA_FILE' => '',
			'VERIFY_HOST' => false, 'CIPHER_LIST' => '', 'VAULT_URL' => '', 'VAULT_DB_PATH' => '',
			'VAULT_TOKEN' => '', 'DOUBLE_IEEE754' => true];
		\$ZBX_SERVER = '127.0.0.1';
		\$ZBX_SERVER_PORT = '$ZABBIX_PORT';
		\$ZBX_SERVER_NAME = 'cdat test';
		\$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
	END
	lab_spawn "$host" php env LOCPATH="$dir/locale" PHP_CLI_SERVER_WORKERS=4 php -q -d max_execution_time=300 \
		-d post_max_size=16M -d date.timezone=UTC -d memory_limit=256M -S 127.0.0.1:$ZABBIX_WEB -t "$dir/web"
	wait_for 60 zabbix_api "$host" call apiinfo.version || die "the frontend does not answer"
}

zabbix_api() {
	local host=$1; shift
	lab_run "$host" env ZABBIX_SESSION="$LAB_DIR/$host/zabbix/session" \
		python3 "$lab_top/tests/monitoring/zabbix_api.py" "http://127.0.0.1:$ZABBIX_WEB/api_jsonrpc.php" "$@"
}

# zabbix_shot HOST NAME URL TEXT...: a picture of the page below the build directory, 1920x1080
# as on a wall, and the page must hold the texts.
zabbix_shot() {
	local host=$1 name=$2 url=$3 dir=$LAB_DIR/$1/chromium picture=$CDAT_BUILD/monitoring/$2.png page text; shift 3
	mkdir -p "$CDAT_BUILD/monitoring"
	rm -rf "$dir" "$picture"
	page=$(zabbix_browser "$host" "$dir" --dump-dom "$url") || { echo "chromium shows no page $url"; return 1; }
	zabbix_browser "$host" "$dir" --screenshot="$picture" "$url" >/dev/null || { echo "chromium makes no picture of $url"; return 1; }
	# width and height in the head of a PNG
	[ "$(od -An -tx1 -j16 -N8 "$picture" | tr -d ' \n')" = 0000078000000438 ] || { echo "no picture of 1920x1080"; return 1; }
	for text in "$@"; do
		grep -qF -- "$text" <<<"$page" || { printf 'not on the page: %s\n' "$text"; return 1; }
	done
}
zabbix_browser() {
	local host=$1 dir=$2; shift 2
	lab_run "$host" env HOME="$dir" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
		--user-data-dir="$dir" --hide-scrollbars --window-size=1920,1080 --virtual-time-budget=20000 "$@" 2>>"$dir.err"
}
