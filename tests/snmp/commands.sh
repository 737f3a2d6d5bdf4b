# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The SETs of a manager with their results, on the fixture of FIG. 5: nodeA(1) 9.1.1.1,
# 9.2.1.1; nodeB(2) 9.1.1.2, 9.2.1.2; all /24, asked at nodeA.  At the end the table is as it
# was.  The caller sets HOST, AGENT and VIA (a word for the names of the tests), and REAL when
# the nodes are.

version() { get "$HOST" "$AGENT" cdatTableVersion.0; }
result() { get "$HOST" "$AGENT" cdatChangeLastResult.0; }
shows() { await 5 "$VIA: then $1 is $2" is "$HOST" "$AGENT" "$1" "$2"; }

# zeroDotZero is written ccitt.0
blames() { [ "$(get "$HOST" "$AGENT" cdatChangeLastObject.0)" = "$1" ]; }

# must_set NAME {OBJECT TYPE VALUE}...: noError, committed, and no variable to blame.
must_set() {
	local name=$1; shift
	check "$VIA: $name" set_as_admin "$HOST" "$AGENT" "$@" || { say "$(get "$HOST" "$AGENT" cdatChangeLastText.0)"; return; }
	is "$HOST" "$AGENT" cdatChangeLastResult.0 committed || not_ok "$VIA: $name: cdatChangeLastResult is $(result)"
	blames ccitt.0 || not_ok "$VIA: $name: cdatChangeLastObject is $(get "$HOST" "$AGENT" cdatChangeLastObject.0)"
}

# What has no variable to blame: the whole change is refused.
of_no_object() { case $1 in notPrimary | changeInFlight | memberTimeout | memberRefused) return 0 ;; esac; return 1; }

# must_fail ERROR RESULT [@INDEX] {OBJECT TYPE VALUE}...: that error on variable INDEX (1), that
# cdatChangeLastResult ("-": unchanged) with that variable in cdatChangeLastObject and a text, and
# no new version of the table.
must_fail() {
	local error=$1 want=$2 index=1 out before after was blamed name tells=1; shift 2
	case $1 in @*) index=${1#@}; shift ;; esac
	name="$VIA: $* gives $error"
	[ "$want" = - ] || name="$name, $want"
	[ "$want" != - ] || tells=
	# facts that a member tells are a version too: then the SET is tried again
	for _ in 1 2 3 4 5; do
		before=$(version) was=$(result)
		out=$(set_as_admin "$HOST" "$AGENT" "$@")
		after=$(version)
		[ "$after" != "$before" ] || break
	done
	[ -n "$tells" ] || want=$was
	blamed=${*:3 * index - 2:1}
	if ! grep -q "^Reason: $error\b" <<<"$out"; then
		not_ok "$name"; sed 's/^/#   /' <<<"$out"
	elif ! grep -q "^Failed object: CDAT-MIB::$blamed\$" <<<"$out"; then
		not_ok "$name, on $blamed"; sed 's/^/#   /' <<<"$out"
	elif [ "$(result)" != "$want" ]; then
		not_ok "$name: cdatChangeLastResult is $(result): $(get "$HOST" "$AGENT" cdatChangeLastText.0)"
	elif [ -n "$tells" ] && ! { if of_no_object "$want"; then blames ccitt.0; else blames "CDAT-MIB::$blamed"; fi; }; then
		not_ok "$name: cdatChangeLastObject is $(get "$HOST" "$AGENT" cdatChangeLastObject.0)"
	elif [ -n "$tells" ] && ! get "$HOST" "$AGENT" cdatChangeLastText.0 | grep -q '[a-z]'; then
		not_ok "$name: cdatChangeLastText is empty"
	elif [ "$after" != "$before" ]; then
		not_ok "$name: cdatTableVersion went from $before to $after"
	else
		ok "$name"
	fi
}

# At a member it is the owner that vouches for an address of a family of which nodeA has none.
sets_to_ipv6() {
	must_set "IPv4 to IPv6: type and address together" cdatAdapterAddrType.2.2 i ipv6 \
		cdatAdapterAddr.2.2 x 20010DB8000000000000000000000002 cdatAdapterPrefixLength.2.2 u 64
	shows cdatAdapterAddrText.2.2 2001:db8::2
	shows cdatAdapterAddrType.2.2 ipv6
	shows cdatAdapterPrefixLength.2.2 64
	[ -z "${REAL:-}" ] || await 10 "$VIA: nodeB shows it too" is b "$ALONE" cdatAdapterAddrText.2.2 2001:db8::2
}

sets_that_succeed() {
	must_set "one variable promotes an alternate" cdatAdapterPreference.2.2 u 10
	shows cdatAdapterRank.2.2 1
	shows cdatAdapterRank.2.1 2
	shows cdatNodePrimaryAdapter.2 2
	must_set "and another takes it back" cdatAdapterPreference.2.2 u 200
	shows cdatAdapterRank.2.1 1

	must_set "an address under the lock" \
		cdatSpinLock.0 i "$(get "$HOST" "$AGENT" cdatSpinLock.0)" cdatAdapterAddr.2.1 d 9.1.1.22
	shows cdatAdapterAddrText.2.1 9.1.1.22
	must_set "and back" cdatAdapterAddr.2.1 d 9.1.1.2

	must_set "two addresses swapped in one SET" cdatAdapterAddr.2.1 d 9.2.1.2 cdatAdapterAddr.2.2 d 9.1.1.2
	shows cdatAdapterAddrText.2.2 9.1.1.2
	must_set "and back" cdatAdapterAddr.2.1 d 9.1.1.2 cdatAdapterAddr.2.2 d 9.2.1.2

	must_set "a node with its address in one SET" cdatNodeName.3 s nodeC cdatNodeRowStatus.3 i createAndGo \
		cdatAdapterAddr.3.1 d 9.1.1.3 cdatAdapterPrefixLength.3.1 u 24 cdatAdapterRowStatus.3.1 i createAndGo
	shows 'cdatNodeNameIndex."nodeC"' 3
	shows cdatNodeRowStatus.3 active
	must_set "the node is disabled" cdatNodeAdminStatus.3 i disabled
	shows cdatNodeState.3 disabled
	must_set "and destroyed" cdatNodeRowStatus.3 i destroy
	await 5 "$VIA: then it is gone" no_such cdatNodeName.3
	must_set "destroy of what is gone" cdatNodeRowStatus.3 i destroy

	sets_to_ipv6
	must_set "an alternate is removed" cdatAdapterRowStatus.2.2 i destroy
	await 5 "$VIA: then it is gone" no_such cdatAdapterAddr.2.2
	must_set "and made anew" cdatAdapterRowStatus.2.2 i createAndGo cdatAdapterAddr.2.2 d 9.2.1.2 \
		cdatAdapterPrefixLength.2.2 u 24 cdatAdapterPreference.2.2 u 200
	shows cdatAdapterRank.2.2 2

	must_set "three columns of a row" cdatAdapterMtu.2.1 u 1400 cdatAdapterClass.2.1 i interactive \
		cdatAdapterRetryThreshold.2.1 u 5
	shows cdatAdapterMtuOper.2.1 1400
	must_set "and back" cdatAdapterMtu.2.1 u 0 cdatAdapterClass.2.1 i unspecified cdatAdapterRetryThreshold.2.1 u 0
	must_set "a parameter of the cluster" cdatConfigHeartbeatInterval.0 u 500
	shows cdatConfigHeartbeatInterval.0 500
	must_set "and back" cdatConfigHeartbeatInterval.0 u 200
	check "$VIA: a kind of notification is disabled" set_as_admin "$HOST" "$AGENT" cdatNotifyEnable.5 i false
	shows cdatNotifyEnable.5 false
	check "$VIA: and enabled" set_as_admin "$HOST" "$AGENT" cdatNotifyEnable.5 i true
}
no_such() { get "$HOST" "$AGENT" "$1" | grep -q 'No Such Instance'; }

sets_that_fail() {
	local long
	must_fail wrongValue badAddress cdatAdapterAddr.2.1 d 224.0.0.1
	must_fail wrongValue badAddress cdatAdapterAddr.2.1 d 0.0.0.0
	must_fail wrongValue badAddress cdatAdapterAddr.2.1 d 127.0.0.1
	must_fail wrongValue badAddress cdatAdapterAddr.2.1 d 255.255.255.255
	must_fail inconsistentValue duplicateAddress cdatAdapterAddr.2.1 d 9.1.1.1
	must_fail inconsistentValue badAddress cdatAdapterAddr.2.1 d 9.1.1.255
	must_fail wrongLength badAddress cdatAdapterAddr.2.1 x 090101
	must_fail inconsistentValue badAddress cdatAdapterAddr.2.1 x 20010DB8000000000000000000000002
	must_fail wrongValue badAddress cdatAdapterAddrType.2.1 i 4
	must_fail wrongValue badAddress cdatAdapterAddrType.2.1 i 16
	must_fail inconsistentValue badAddress cdatAdapterAddrType.2.1 i 2
	must_fail inconsistentValue badPrefixLength cdatAdapterPrefixLength.2.1 u 33
	must_fail wrongValue badPrefixLength cdatAdapterPrefixLength.2.1 u 129
	must_fail wrongValue mtuTooSmall cdatAdapterMtu.2.1 u 100
	must_fail wrongType - cdatAdapterMtu.2.1 i 1400
	must_fail wrongValue other cdatAdapterDscp.2.1 i 64
	must_fail inconsistentName unknownNode cdatAdapterAddr.9.1 d 9.1.1.9 cdatAdapterRowStatus.9.1 i createAndGo
	must_fail inconsistentName other cdatAdapterMtu.2.7 u 1500
	must_fail noCreation - cdatNodeName.70000 s x
	must_fail inconsistentValue other cdatNodeName.2 s other
	must_fail inconsistentValue duplicateName cdatNodeName.3 s nodeB cdatNodeRowStatus.3 i createAndGo \
		cdatAdapterAddr.3.1 d 9.1.1.3 cdatAdapterRowStatus.3.1 i createAndGo
	must_fail inconsistentValue rowIncomplete @2 cdatNodeName.3 s nodeC cdatNodeRowStatus.3 i createAndGo
	must_fail inconsistentValue lastAddress cdatAdapterRowStatus.2.1 i destroy cdatAdapterRowStatus.2.2 i destroy
	must_fail inconsistentValue localNode cdatNodeRowStatus.1 i destroy
	must_fail inconsistentValue nodeInUse cdatNodeRowStatus.2 i destroy
	must_fail inconsistentValue other cdatAdapterRowStatus.2.1 i createAndGo
	must_fail wrongValue other cdatAdapterRowStatus.2.1 i 3
	must_fail wrongValue rowProtected cdatAdapterStorageType.2.1 i 4
	must_fail notWritable - cdatHealth.0 i 1
	must_fail notWritable - cdatAdapterRank.2.1 u 1
	must_fail inconsistentValue lockMismatch cdatSpinLock.0 i 0 cdatAdapterMtu.2.1 u 1400
	must_fail wrongValue mtuTooSmall @2 cdatAdapterMtu.2.1 u 1400 cdatAdapterMtu.2.2 u 10
	long=$(printf 'n%.0s' $(seq 64))
	must_fail wrongLength badName cdatNodeName.3 s "$long"
	must_fail wrongValue badName cdatNodeName.3 s 'a_b!'
	must_fail inconsistentValue other cdatAdapterRowStatus.2.7 i active
	must_fail wrongValue other cdatAdapterRowStatus.2.1 i createAndWait
	must_fail wrongValue other cdatAdapterPreference.2.1 u 0
	must_fail noCreation - cdatAdapterMtu.2.0 u 1400
	must_fail noCreation - cdatSpinLock.1 i 1
	check "$VIA: nothing of it is left" is "$HOST" "$AGENT" cdatAdapterMtu.2.1 0
}

# Who may: the monitor reads and does not write; communities do as the file says.
sets_by_others() {
	local out
	out=$(lab_run "$HOST" snmpset -v3 -l authPriv -u monitor -a SHA-256 -A "monitor pass phrase" -x AES \
		-X "monitor priv phrase" -r 0 -Ir "$AGENT" CDAT-MIB::cdatAdapterMtu.2.1 u 1400 2>&1)
	check "$VIA: the user without a write view gets noAccess" grep -q '^Reason: noAccess' <<<"$out"
	out=$(lab_run "$HOST" snmpset -v1 -c private -r 0 -Ir "$AGENT" CDAT-MIB::cdatAdapterMtu.2.1 u 100 2>&1)
	check "$VIA: an SNMPv1 manager gets badValue" grep -q '^Reason: (badValue)' <<<"$out"
}

# plugin OID WARNING CRITICAL: check_snmp of the monitoring plugins, at a numeric name
plugin() {
	lab_run "$HOST" "$check_snmp" -H "${AGENT%:*}" -p "${AGENT#*:}" -P 3 -L authPriv -U monitor -a SHA-256 \
		-A "monitor pass phrase" -x AES -X "monitor priv phrase" -m '' -o "$MIB_ROOT.$1" -w "$2" -c "$3"
}
# plugin_says STATUS OID WARNING CRITICAL
plugin_says() { plugin "${@:2}"; [ $? = "$1" ]; }
check_snmp=$(PATH=$PATH:/usr/lib/nagios/plugins command -v check_snmp)
plugins() {
	[ -n "$check_snmp" ] || { skip "$VIA: check_snmp: monitoring-plugins-standard is not installed"; return; }
	check "$VIA: check_snmp of cdatHealth is OK" plugin_says 0 1.1.1.0 1:1 1:2
	check "$VIA: check_snmp of the silence of nodeB is OK" plugin_says 0 1.3.2.1.11.2 2000 4000
}

# The GETs of the samples.
reads() {
	await 15 "$VIA: cdatHealth" is "$HOST" "$AGENT" cdatHealth.0 ok
	check "$VIA: cdatHealth by its number, without the module" [ "$(MIBS='' lab_run "$HOST" snmpget -v2c -c public -Oqv \
		"$AGENT" "$MIB_ROOT.1.1.1.0")" = 1 ]
	plugins
	check "$VIA: a node's number by its name" is "$HOST" "$AGENT" 'cdatNodeNameIndex."nodeB"' 2
	check "$VIA: snmptable shows the nodes" bash -c "$(declare -f lab_run); LAB_LOOPBACK=$LAB_LOOPBACK LAB_PREFIX=$LAB_PREFIX
		lab_run $HOST snmptable -v2c -c public -CB -Ci $AGENT CDAT-MIB::cdatNodeTable | grep -q 'nodeB *enabled *member'"
	check "$VIA: paths are of the other node only" [ "$(lab_run "$HOST" snmpbulkwalk -v2c -c public -Oq "$AGENT" \
		CDAT-MIB::cdatPathState | cut -d' ' -f1 | tr '\n' ' ')" = "CDAT-MIB::cdatPathState.2.1 CDAT-MIB::cdatPathState.2.2 " ]
	check "$VIA: standing, version and digest in one GET" [ "$(lab_run "$HOST" snmpget -v2c -c public -OqvU "$AGENT" \
		CDAT-MIB::cdatPartitionState.0 CDAT-MIB::cdatTableVersion.0 CDAT-MIB::cdatTableDigest.0 |
		tr -d '\n' | grep -cE '^whole[0-9]+"([0-9A-F]{2} ?){32}"$')" = 1 ]
	check "$VIA: snmpbulkwalk -Cr20 of the adapters" [ "$(lab_run "$HOST" snmpbulkwalk -v2c -c public -Cr20 -Oq "$AGENT" \
		CDAT-MIB::cdatAdapterTable | grep -cE '^CDAT-MIB::cdatAdapter(Label|RowStatus)\.[12]\.[12] ')" = 8 ]
	[ -z "${REAL:-}" ] || check "$VIA: who says what about nodeB" grep -qx 'CDAT-MIB::cdatPerspState.2.1 up' <<<"$(lab_run "$HOST" \
		snmpbulkwalk -v2c -c public -OqU "$AGENT" CDAT-MIB::cdatPerspState.2)"
	[ -z "${REAL:-}" ] || check "$VIA: the events' texts" grep -q 'cdatEventText\.[0-9]* node nodeB joined' <<<"$(lab_run "$HOST" \
		snmpbulkwalk -v2c -c public -OqU "$AGENT" CDAT-MIB::cdatEventText)"
	check "$VIA: an unknown column is noSuchObject" grep -q 'No Such Object' <<<"$(lab_run "$HOST" snmpget -v2c \
		-c public "$AGENT" CDAT-MIB::cdatNodeEntry.21.1 2>&1)"
	check "$VIA: an unknown row is noSuchInstance" no_such cdatNodeName.77
}
