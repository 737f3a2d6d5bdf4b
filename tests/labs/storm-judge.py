# SPDX-License-Identifier: BSD-2-Clause
"""Judges what the clients of a storm saw: storm-judge.py DIRECTORY NODES...

Reads, below the directory, NODE/hears.log and NODE/to*.log (lines of storm_talk), `calm`
(lines "T0 T1": only loss, load and the like between them) and, of the manager, `sets`
(lines "OBJECT VALUE ok|refused|unknown SECONDS") and `values` ("NODE OBJECT VALUE", at the
end).  NODES are in the order of their numbers.  Prints "ok"/"not ok" lines and a line
"figures: ...".
"""
import collections
import glob
import sys

BEFORE = 1.0    # a servicer that is killed can have acknowledged what its client did not get
AFTER = 0.2     # the line "up" is written a little after the servicer took the subscription
failed = False


def verdict(name, problems):
    global failed
    if problems:
        failed = True
        print("not ok - storm:", name)
        for line in problems[:10]:
            print("#  ", line)
        if len(problems) > 10:
            print("#   ... and", len(problems) - 10, "more")
    else:
        print("ok - storm:", name)


def lines(path):
    try:
        with open(path) as f:
            for line in f:
                yield line.split()
    except FileNotFoundError:
        return


class Hearer:
    def __init__(self, path):
        self.up = []            # [begin, end]
        self.got = collections.defaultdict(list)        # (ordered, run) -> numbers
        self.order = []         # (run, number) of those to all
        self.place = []         # of each of them: (epoch, place in that view)
        self.slow = 0
        for w in lines(path):
            if w[0] == "up":
                self.up.append([float(w[1]), float("inf")])
            elif w[0] == "end" and self.up:
                self.up[-1][1] = float(w[1])
            elif w[0] == "slow":
                self.slow += 1
            elif w[0] == "got":
                ordered, run, number = w[3] == "1", w[4], int(w[5])
                self.got[ordered, run].append(number)
                if ordered:
                    self.order.append((run, number))
                    self.place.append((int(w[6]), int(w[7])))

    def certain(self, t):
        """Was it listening when a message was delivered that was acknowledged at t?"""
        return any(a + AFTER <= t and t + BEFORE <= b for a, b in self.up)


class Run:
    def __init__(self, node, begin, name, dest):
        self.node, self.begin, self.name, self.dest = node, begin, name, dest
        self.sent, self.refused = {}, {}


def runs_of(node, path):
    runs = {}
    for w in lines(path):
        if w[0] == "up":
            runs[w[2]] = Run(node, float(w[1]), w[2], int(w[3]))
        elif w[0] == "sent":
            runs[w[1]].sent[int(w[2])] = float(w[3])
        elif w[0] == "not":
            runs[w[1]].refused[int(w[2])] = w[3]
    return list(runs.values())


def judge_one(runs, hearers, nodes):
    lost, twice, order = [], [], []
    sent = received = 0
    for r in runs:
        dest = nodes[r.dest - 1]
        got = hearers[dest].got[False, r.name]
        have = set(got)
        where = "%s to %s, run %s" % (r.node, dest, r.name)
        sent += len(r.sent)
        received += len(got)
        if len(have) != len(got):
            twice.append("%s: %d came twice" % (where, len(got) - len(have)))
        bad = [(a, b) for a, b in zip(got, got[1:]) if a > b]
        if bad:
            order.append("%s: %d came before %d" % (where, bad[0][0], bad[0][1]))
        gone = [n for n, t in r.sent.items() if n not in have and hearers[dest].certain(t)]
        if gone:
            lost.append("%s: %d acknowledged and lost, the first is %d at %.3f" %
                        (where, len(gone), min(gone), r.sent[min(gone)]))
    verdict("%d messages to one were acknowledged, %d came: none is lost" % (sent, received), lost)
    verdict("none of them came twice", twice)
    verdict("all of them in order", order)
    if sent < 100:
        verdict("there were messages to one", ["only %d" % sent])
    return sent


def clash(a, b):
    """Where two hearers were in one view and had it in different order; None: nowhere.

    Sides of a partition can have views of the same epoch; they share no message, for one
    that its sender did not see delivered is sent again in a later view only.  So a message
    that both have in the same epoch shows that it is the same view."""
    here = {(e, m): p for m, (e, p) in zip(a.order, a.place)}
    at = dict(zip(a.place, a.order))
    shared = {e for m, (e, p) in zip(b.order, b.place) if (e, m) in here}
    for m, (e, p) in zip(b.order, b.place):
        if e not in shared:
            continue
        if here.get((e, m), p) != p:
            return "view %d has %s at %d and at %d" % (e, m, here[e, m], p)
        if at.get((e, p), m) != m:
            return "view %d has %s and %s at %d" % (e, at[e, p], m, p)
    return None


def judge_all(runs, hearers, nodes, calm):
    twice, order, lost, missed = [], [], [], []
    sent = in_calm = 0
    for node in nodes:
        mine = hearers[node].order
        if len(set(mine)) != len(mine):
            twice.append("%s: %d came twice" % (node, len(mine) - len(set(mine))))
        up = hearers[node].place
        if any(p >= q for p, q in zip(up, up[1:])):
            order.append("%s: not in the order of views and places" % node)
        for (ordered, run), got in hearers[node].got.items():
            if ordered and any(a > b for a, b in zip(got, got[1:])):
                order.append("%s: run %s is not in its own order" % (node, run))
    for i, a in enumerate(nodes):
        for b in nodes[i + 1:]:
            what = clash(hearers[a], hearers[b])
            if what:
                order.append("%s and %s: %s" % (a, b, what))
    have = {n: {r: set(g) for (o, r), g in hearers[n].got.items() if o} for n in nodes}
    for r in runs:
        for number, t in r.sent.items():
            sent += 1
            quiet = any(a + 2 <= t <= b for a, b in calm)
            in_calm += quiet
            for node in nodes if quiet else [r.node]:
                if number not in have[node].get(r.name, ()) and hearers[node].certain(t):
                    (missed if quiet else lost).append("%s: %s of %s's run %s, acknowledged at %.3f" %
                                                       (node, number, r.node, r.name, t))
    verdict("%d messages to all were acknowledged: each came to its sender" % sent, lost)
    verdict("%d of them while no member was lost: each came to all" % in_calm, missed)
    verdict("none of them came twice", twice)
    verdict("members of one view had them in one order", order)
    if sent < 50:
        verdict("there were messages to all", ["only %d" % sent])
    return sent


def judge_sets(directory, values_of):
    may, ok, n = {}, 0, 0
    for w in lines(directory + "/sets"):
        n += 1
        if w[2] == "ok":
            may[w[0]] = [w[1]]
            ok += 1
        elif w[2] == "unknown":
            may.setdefault(w[0], []).append(w[1])
            # whether the first value of the object still holds is not known either
    wrong, seen = [], collections.Counter()
    acknowledged = {w[0] for w in lines(directory + "/sets") if w[2] == "ok"}
    for node, name, value in lines(values_of):
        if name not in acknowledged:
            continue
        seen[node] += 1
        if value not in may[name]:
            wrong.append("%s: %s is %s, not %s" % (node, name, value, " or ".join(may[name])))
    verdict("%d of %d SETs were acknowledged: each is in force at %s" %
            (ok, n, ", ".join("%s (%d objects)" % i for i in sorted(seen.items()))), wrong)
    if ok < 10 or not seen or min(seen.values()) < len(acknowledged):
        verdict("there were SETs, and each object was read", ["%d, %s" % (ok, dict(seen))])
    return ok, n


def main():
    directory, nodes = sys.argv[1], sys.argv[2:]
    hearers = {n: Hearer("%s/%s/hears.log" % (directory, n)) for n in nodes}
    runs = [r for n in nodes for p in sorted(glob.glob("%s/%s/to*.log" % (directory, n)))
            for r in runs_of(n, p)]
    calm = [(float(a), float(b)) for a, b in lines(directory + "/calm")]
    verdict("no hearer was too slow", [n for n in nodes if hearers[n].slow])
    one = judge_one([r for r in runs if r.dest], hearers, nodes)
    everybody = judge_all([r for r in runs if not r.dest], hearers, nodes, calm)
    refused = sum(len(r.refused) for r in runs)
    ok, n = judge_sets(directory, directory + "/values")
    print("figures: %d messages to one, %d to all, %d refused or given up, %d of %d SETs" %
          (one, everybody, refused, ok, n))
    return failed


sys.exit(main())
