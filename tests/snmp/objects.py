# SPDX-License-Identifier: BSD-2-Clause
"""objects.py LIST COLUMNS DIRECTORY [MOMENT]: judges the walks that tests/snmp/objects made.

LIST is objects.list, COLUMNS has "object suffix type access" lines, and DIRECTORY the moments
in order, each a file NN-NAME: "agent ADDRESS", "began SECONDS/100 MICROSECONDS" of sysUpTime and
clock, lines ".OID value" as snmpbulkwalk -Oqnetx writes them, and "ended" like "began".  Prints
results as the other tests do.  With MOMENT, which must be the last, it only tells by its exit
status whether all has changed that must have.
"""
import calendar
import os
import re
import sys
import time

UP, SUSPECT, DOWN, UNKNOWN = 1, 2, 3, 4
MEMBER, MEMBER_SUSPECT, UNREACHABLE = 1, 2, 3
ACTIVE = 1
SLACK = 3			# hundredths of a second by which two readings of one time may differ

failed = 0


def verdict(name, bad):
    global failed
    print(("not ok" if bad else "ok") + " - objects: " + name)
    for line in bad[:40]:
        print("#   " + line)
    failed += bool(bad)


class Moment:
    """A walk: values by object and index."""

    def __init__(self, path, columns):
        self.name = os.path.basename(path).split("-", 1)[1]
        self.values = {}
        text = open(path).read()
        self.agent = re.search(r"^agent (.*)", text, re.M).group(1)
        began = re.search(r"^began (\d+) (\d+)", text, re.M)
        ended = re.search(r"^ended (\d+) (\d+)", text, re.M)
        self.began, self.up = int(began.group(1)), int(ended.group(1))
        self.clock_began, self.clock = int(began.group(2)) / 1e6, int(ended.group(2)) / 1e6
        # octets come in lines of sixteen
        text = re.sub(r"\n(?=[0-9A-F]{2} )", " ", text)
        self.strange = [line for line in text.splitlines() if not re.match(r"\.|agent|began|ended", line)]
        for line in text.splitlines():
            if not line.startswith("."):
                continue
            oid, _, value = line[1:].partition(" ")
            for length in (5, 3):	# a column of a table is deeper than a scalar
                parts = oid.split(".")[ROOT:]
                name = columns.get(".".join(parts[:length]))
                if name:
                    self.values.setdefault(name, {})[".".join(parts[length:])] = decode(value)
                    break

    def of(self, name):
        return self.values.get(name, {})

    def scalar(self, name):
        return self.of(name).get("0")


def decode(value):
    if value.startswith('"'):
        inside = value.strip().strip('"').strip()
        return bytes.fromhex(inside) if re.fullmatch(r"([0-9A-Fa-f]{2} *)*", inside) else inside.encode()
    return int(value) if re.fullmatch(r"-?\d+", value) else value


def date(octets):
    """DateAndTime in seconds since 1970; 0 when it is not known."""
    if octets == b"\0" * 8:
        return 0
    at = calendar.timegm((octets[0] << 8 | octets[1], *octets[2:7], 0, 0, 0)) + octets[7] / 10
    offset = (octets[9] * 60 + octets[10]) * 60
    return at - offset if octets[8:9] == b"+" else at + offset


# ---- what must be true within one walk ----
def each(m, name, wanted):
    """Complaints where the object differs from what other objects of the walk say."""
    for index, value in m.of(name).items():
        want = wanted(index)
        if want is not None and value != want:
            yield "%s: %s.%s is %r, and should be %r" % (m.name, name, index, value, want)


def adapters_of(m, node, what="cdatAdapterRowStatus", value=ACTIVE):
    rows = m.of("cdatAdapterRowStatus")
    return [i for i in rows if i.split(".")[0] == node and rows[i] == ACTIVE
            and (what == "cdatAdapterRowStatus" or m.of(what).get(i) == value)]


def first(rows, node, value):
    return next((int(i.split(".")[1]) for i in rows if i.split(".")[0] == node and rows[i] == value), 0)


def text_of(kind, octets):
    if kind == 1:
        return ".".join(str(o) for o in octets).encode()
    if kind == 2:
        import ipaddress
        return str(ipaddress.ip_address(octets)).encode()
    return b""


def votes(m, node, state):
    return sum(1 for i, v in m.of("cdatPerspState").items() if i.split(".")[0] == node and v == state)


def truths(m):
    states, local = m.of("cdatNodeState"), str(m.scalar("cdatLocalNodeIndex"))
    names = m.of("cdatNodeName")
    active = [n for n, v in m.of("cdatNodeRowStatus").items() if v == ACTIVE]
    members = [n for n in states if states[n] in (MEMBER, MEMBER_SUSPECT)]

    def scalar(name, value):
        return each(m, name, lambda i: value)
    yield from scalar("cdatClusterName", b"objects")
    yield from scalar("cdatLocalNodeIndex", 1)
    yield from scalar("cdatLocalNodeName", b"n1")
    yield from scalar("cdatUdpPort", 9173)
    yield from scalar("cdatMaxNodes", 65535)
    yield from scalar("cdatMaxAdapters", 16)
    yield from scalar("cdatConfigQuorumPolicy", 1)
    yield from scalar("cdatNodesTotal", len(active))
    yield from scalar("cdatNodesUp", len(members))
    yield from scalar("cdatNodesDown", sum(1 for n in states if states[n] == UNREACHABLE))
    yield from scalar("cdatQuorumSize", len(active) // 2 + 1)
    yield from scalar("cdatAdaptersTotal", sum(len(adapters_of(m, n)) for n in active))
    yield from scalar("cdatAdaptersDown", sum(len(adapters_of(m, n, "cdatAdapterOperStatus", DOWN)) for n in members))
    yield from scalar("cdatNodesSinglePath", sum(
        1 for n in members if n != local and len(adapters_of(m, n)) > 1 and
        len(adapters_of(m, n, "cdatPathState", UP)) == 1 and
        not adapters_of(m, n, "cdatPathState", UNKNOWN)))
    yield from scalar("cdatLocalComponent", next((int(i) for i, v in m.of("cdatComponentLocal").items() if v == 1), 0))
    yield from scalar("cdatEventLast", max((int(i) for i in m.of("cdatEventDate")), default=0))
    if m.scalar("cdatPartitionState") == 1 and m.scalar("cdatNodesDown"):
        yield "%s: whole, with nodes down" % m.name
    if (m.scalar("cdatHealth") == 1) != (m.scalar("cdatHealthReason") == b""):
        yield "%s: health %r for %r" % (m.name, m.scalar("cdatHealth"), m.scalar("cdatHealthReason"))
    if m.scalar("cdatNodesDown") and m.scalar("cdatHealth") != 3:
        yield "%s: nodes are down, and health is %r" % (m.name, m.scalar("cdatHealth"))
    # nodes
    yield from each(m, "cdatNodeNameIndex", lambda i: next((int(n) for n in names if names[n] == bytes(
        int(o) for o in i.split(".")[1:])), -1))
    yield from each(m, "cdatNodeAdapters", lambda n: len(adapters_of(m, n)))
    yield from each(m, "cdatNodeAdaptersDown", lambda n: len(adapters_of(m, n, "cdatAdapterOperStatus", DOWN)))
    yield from each(m, "cdatNodePrimaryAdapter", lambda n: first(m.of("cdatAdapterRank"), n, 1))
    yield from each(m, "cdatNodeCurrentAdapter", lambda n: first(m.of("cdatPathCurrent"), n, 1))
    yield from each(m, "cdatNodeVotesReachable", lambda n: votes(m, n, UP))
    yield from each(m, "cdatNodeVotesUnreachable", lambda n: votes(m, n, DOWN))
    yield from each(m, "cdatNodeVersion", lambda n: m.scalar("cdatServicerVersion") if n in members else None)
    yield from each(m, "cdatNodeSilence", lambda n: 0 if n == local else None)
    yield from each(m, "cdatNodeComponent", lambda n: m.scalar("cdatLocalComponent") if n in members else None)
    # adapters
    yield from each(m, "cdatAdapterLabel", lambda i: names[i.split(".")[0]] + b"/" + i.split(".")[1].encode() + b" " +
                    m.of("cdatAdapterAddrText")[i])
    yield from each(m, "cdatAdapterAddrText", lambda i: text_of(m.of("cdatAdapterAddrType")[i], m.of("cdatAdapterAddr")[i]))
    yield from each(m, "cdatAdapterMtuOper", lambda i: m.of("cdatAdapterMtu")[i] or m.of("cdatAdapterMtuReported")[i] or None)
    for node in {i.split(".")[0] for i in m.of("cdatAdapterRank")}:
        ranks = sorted(v for i, v in m.of("cdatAdapterRank").items() if i.split(".")[0] == node and v)
        if ranks != list(range(1, len(ranks) + 1)):
            yield "%s: ranks of node %s are %r" % (m.name, node, ranks)
    # paths and routes are of other nodes, each of its addresses
    wanted = {i for i in m.of("cdatAdapterRank") if i.split(".")[0] != local}
    for name in ("cdatPathState", "cdatRouteState"):
        if not set(m.of(name)) <= wanted:
            yield "%s: %s has rows %r of no address" % (m.name, name, set(m.of(name)) - wanted)
    yield from each(m, "cdatPathRetryThreshold", lambda i: m.of("cdatAdapterRetryThreshold")[i] or
                    m.scalar("cdatConfigRetryThreshold"))
    yield from each(m, "cdatRouteHopText", lambda i: text_of(m.of("cdatRouteHopType")[i], m.of("cdatRouteHop")[i]))
    yield from each(m, "cdatRouteWantedText", lambda i: b"9.1.1.2" if
                    m.of("cdatAdapterAddrText")[i] == b"9.2.1.3" else b"")
    # components
    yield from each(m, "cdatComponentMembers", lambda i: sum(1 for k in m.of("cdatMemberRole") if k.split(".")[0] == i))
    yield from each(m, "cdatComponentEpoch", lambda i: m.scalar("cdatTableEpoch") if m.of("cdatComponentLocal")[i] == 1 else None)
    yield from each(m, "cdatComponentLeader", lambda i: m.scalar("cdatLeader") if m.of("cdatComponentLocal")[i] == 1 else None)
    # roles
    yield from each(m, "cdatRoleName", lambda i: b"master")
    yield from each(m, "cdatRolePreferred", lambda i: 3)
    yield from each(m, "cdatRoleCandidates", lambda i: 2)
    yield from each(m, "cdatRoleHolderName", lambda i: names.get(str(m.of("cdatRoleHolder")[i]), b""))
    # changes, notifications, events
    if (m.scalar("cdatChangeState") == 1) != (m.scalar("cdatChangeOwner") == 0):
        yield "%s: a change is %r of %r" % (m.name, m.scalar("cdatChangeState"), m.scalar("cdatChangeOwner"))
    yield from each(m, "cdatNotifyOid", lambda i: "." + ".".join(str(n) for n in MIB) + ".0." + i)
    for index, octets in m.of("cdatEventDate").items():
        if not 0 <= m.clock - date(octets) < 3600:
            yield "%s: event %s is of %r" % (m.name, index, octets)
    if date(m.scalar("cdatServicerStart")) > m.clock:
        yield "%s: cdatServicerStart is later" % m.name


# ---- what must be true between moments ----
def differs(name, kind, before, now):
    was, new = before.of(name), now.of(name)
    if any(i in was and was[i] != v for i, v in new.items()):
        return True
    return kind in ("row", "stamp") and any(i not in was for i in new)


def unchanged(name, kind, before, now):
    if before is None and not now.of(name):
        yield "%s has no row at %s" % (name, now.name)
    elif before is not None and not differs(name, kind, before, now):
        yield "%s did not change at %s" % (name, now.name)


def changes(objects, moments):
    by_name = {m.name: k for k, m in enumerate(moments)}
    for name, (kind, when) in sorted(objects.items()):
        for moment in when:
            k = by_name.get(moment)
            if k is None:
                yield "%s: there is no moment %s" % (name, moment)
            else:
                yield from unchanged(name, kind, moments[k - 1] if k else None, moments[k])
        if kind == "const" and any(differs(name, kind, a, b) for a, b in zip(moments, moments[1:])):
            yield "%s changed" % name
        if kind != "const" and not when:
            yield "%s has no moment" % name


def pairs(moments):
    """Each moment with the one before it at the same agent."""
    last = {}
    for now in moments:
        if now.agent in last:
            yield last[now.agent], now
        last[now.agent] = now


def counters(objects, moments):
    """None shrinks unless its discontinuity object tells why."""
    for before, now in pairs(moments):
        restarted = before.scalar("cdatServicerStart") != now.scalar("cdatServicerStart")
        agent = now.name in ("agent", "servicer")
        for name in (n for n, (kind, _) in objects.items() if kind == "counter"):
            for index, value in now.of(name).items():
                was = before.of(name).get(index, 0)
                if value >= was or restarted or (agent and name.startswith("cdatChanges")):
                    continue
                path = name.startswith("cdatPath") and "cdatPathDiscontinuityTime"
                if path and before.of(path).get(index) != now.of(path).get(index):
                    continue
                yield "%s: %s.%s went from %d to %d" % (now.name, name, index, was, value)


def stamps(objects, moments):
    before_of = {now.name: before for before, now in pairs(moments)}
    for now in moments:
        before = before_of.get(now.name)
        anew = before and now.up < before.up	# sysUpTime began again: so did all stamps
        for name in (n for n, (kind, _) in objects.items() if kind == "stamp"):
            for index, value in now.of(name).items():
                if value > now.up + SLACK:
                    yield "%s: %s.%s is %d, after sysUpTime %d" % (now.name, name, index, value, now.up)
                was = before.of(name).get(index) if before and not anew else None
                if was is not None and abs(value - was) > SLACK and value < before.began - SLACK and value != 0:
                    yield "%s: %s.%s went from %d to %d, though sysUpTime was %d before" % (
                        now.name, name, index, was, value, before.began)


def dates(objects, moments):
    for before, now in pairs(moments):
        for name in (n for n, (kind, _) in objects.items() if kind == "date"):
            was, new = before.scalar(name), now.scalar(name)
            if None not in (was, new) and new != was and date(new) and not before.clock_began - 1 <= date(new) <= now.clock + 1:
                yield "%s: %s is %r" % (now.name, name, new)


def restarts(moments):
    """The discontinuity objects across the end of each of the three processes."""
    at = {m.name: m for m in moments}
    before, now = at["before-servicer"], at["servicer"]
    for name in ("cdatStatsDiscontinuityTime", "cdatPathDiscontinuityTime"):
        for index, value in now.of(name).items():
            if not before.began - SLACK <= value <= now.up + SLACK:
                yield "%s.%s is %d after a restart of the servicer between %d and %d" % (
                    name, index, value, before.began, now.up)
    if now.scalar("cdatStatsMsgsSent") >= before.scalar("cdatStatsMsgsSent"):
        yield "cdatStatsMsgsSent did not begin anew with the servicer"
    before, now = at["before-agent"], at["agent"]
    for name in ("cdatStatsDiscontinuityTime", "cdatTableLastChange"):
        if abs(now.scalar(name) - before.scalar(name)) > SLACK:
            yield "%s went from %d to %d with a restart of the agent alone" % (name, before.scalar(name), now.scalar(name))
    if now.scalar("cdatStatsMsgsSent") < before.scalar("cdatStatsMsgsSent"):
        yield "cdatStatsMsgsSent shrank with a restart of the agent"
    now = at["snmpd"]
    for name in ("cdatStatsDiscontinuityTime", "cdatTableLastChange"):
        if now.scalar(name) != 0:
            yield "%s is %d though it was before snmpd started" % (name, now.scalar(name))


objects = {}
for line in open(sys.argv[1]):
    words = line.split()
    if words and not line.startswith("#"):
        objects[words[0]] = (words[1], words[2:])
columns, MIB = {}, []
for line in open(sys.argv[2]):
    words = line.split()
    if words[0] == "root":
        MIB = [int(n) for n in words[1].strip(".").split(".")]
    else:
        columns[words[1]] = words[0]
ROOT = len(MIB)
files = [os.path.join(sys.argv[3], f) for f in sorted(os.listdir(sys.argv[3]))]
if len(sys.argv) > 4:
    *before, now = [None] + [Moment(f, columns) for f in files[-2:]]
    lacking = [t for name, (kind, when) in objects.items() if sys.argv[4] in when
               for t in unchanged(name, kind, before[-1], now)]
    sys.exit("\n".join(lacking) if lacking or now.strange else 0)
moments = [Moment(f, columns) for f in files]
unseen = [n for n in objects if not any(m.of(n) for m in moments)]
verdict("each walk is whole", ["%s: %s" % (m.name, line) for m in moments for line in m.strange])
verdict("each of %d objects has a value at one of %d moments" % (len(objects), len(moments)), unseen)
verdict("each value is what the others say", [t for m in moments if m.name != "flight" for t in truths(m)])
verdict("each object changes when it should, and none that should not", list(changes(objects, moments)))
verdict("counters grow", list(counters(objects, moments)))
verdict("TimeStamps are of the agent's sysUpTime, when it happened", list(stamps(objects, moments)))
verdict("dates are those of the clock", list(dates(objects, moments)))
verdict("discontinuities are told across restarts of servicer, agent and snmpd", list(restarts(moments)))
sys.exit(failed > 0)
