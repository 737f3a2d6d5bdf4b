#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Zabbix by its API, for the tests: zabbix_api.py URL COMMAND ARGUMENT...

call METHOD [JSON]         the result as JSON
import FILE                imports a template, in YAML or JSON
export TEMPLATE            the template as YAML
host NAME ADDRESS TEMPLATE [MACRO=VALUE...]    a host in the group CDAT
discover                   runs the discovery rules of all hosts now
problems                   open problems, a line each: HOST TAB NAME TAB SEVERITY TAB TAGS
silence HOST               seconds since its agent last told the health
page WHAT [HOST]           address of a page: problems, host (its dashboard), dashboard (the first)
history SINCE              problems that opened since then, a line each: TIME TAB HOST TAB NAME
items PATTERN              HOST TAB KEY TAB VALUE TAB ERROR of the items whose key matches
"""
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request

USER, PASSWORD = "Admin", "zabbix"
SEVERITY = ["not classified", "info", "warning", "average", "high", "disaster"]


class Zabbix:
    def __init__(self, url):
        self.url, self.token = url, None

    def call(self, method, params=None):
        body = {"jsonrpc": "2.0", "method": method, "params": params or {}, "id": 1}
        if self.token:
            body["auth"] = self.token
        request = urllib.request.Request(self.url, json.dumps(body).encode(),
                                         {"Content-Type": "application/json-rpc"})
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            sys.exit("zabbix_api: %s: %s %s" % (method, answer["error"]["message"], answer["error"]["data"]))
        return answer["result"]

    def login(self):
        """One session serves all calls of a test: a login is dear."""
        kept = os.environ.get("ZABBIX_SESSION")
        if kept and os.path.exists(kept):
            with open(kept, encoding="ascii") as session:
                self.token = session.read()
            return
        self.token = self.call("user.login", {"username": USER, "password": PASSWORD})
        if kept:
            with open(kept, "w", encoding="ascii") as session:
                session.write(self.token)


def call(zabbix, method, params="{}"):
    print(json.dumps(zabbix.call(method, json.loads(params)), indent=1))


def import_file(zabbix, path):
    both = {"createMissing": True, "updateExisting": True}
    kept = dict(both, deleteMissing=True)
    rules = {"groups": both, "templates": both, "templateDashboards": kept}
    for kind in ("items", "triggers", "graphs", "discoveryRules", "valueMaps"):
        rules[kind] = kept
    with open(path, encoding="utf-8") as source:
        text = source.read()
    zabbix.call("configuration.import", {"format": "json" if path.endswith(".json") else "yaml",
                                         "rules": rules, "source": text})


def export(zabbix, name):
    found = zabbix.call("template.get", {"output": ["templateid"], "filter": {"host": name}})
    print(zabbix.call("configuration.export", {
        "format": "yaml", "options": {"templates": [t["templateid"] for t in found]}}), end="")


def host(zabbix, name, address, template, *macros):
    group = zabbix.call("hostgroup.get", {"filter": {"name": "CDAT"}})
    groupid = group[0]["groupid"] if group else zabbix.call("hostgroup.create", {"name": "CDAT"})["groupids"][0]
    templateid = zabbix.call("template.get", {"filter": {"host": template}})[0]["templateid"]
    zabbix.call("host.create", {
        "host": name, "groups": [{"groupid": groupid}], "templates": [{"templateid": templateid}],
        "interfaces": [{"type": 2, "main": 1, "useip": 1, "ip": address, "dns": "", "port": "161",
                        "details": {"version": 2, "community": "public", "bulk": 1}}],
        "macros": [dict(zip(("macro", "value"), m.split("=", 1))) for m in macros]})


def discover(zabbix):
    rules = zabbix.call("discoveryrule.get", {"output": ["itemid"], "monitored": True, "templated": False})
    zabbix.call("task.create", [{"type": 6, "request": {"itemid": r["itemid"]}} for r in rules])


def hosts_of(zabbix, triggers):
    found = zabbix.call("trigger.get", {"output": ["triggerid"], "triggerids": triggers, "selectHosts": ["host"]})
    return {t["triggerid"]: t["hosts"][0]["host"] for t in found}


def problems(zabbix):
    found = zabbix.call("problem.get", {"output": "extend", "selectTags": "extend", "recent": False})
    hosts = hosts_of(zabbix, [p["objectid"] for p in found])
    for p in found:
        tags = ",".join(sorted("%s=%s" % (t["tag"], t["value"]) for t in p["tags"]))
        print("\t".join((hosts.get(p["objectid"], "?"), p["name"], SEVERITY[int(p["severity"])], tags)))


def history(zabbix, since):
    found = zabbix.call("event.get", {"output": ["name", "objectid", "clock"], "source": 0, "object": 0, "value": 1,
                                      "time_from": since, "sortfield": ["clock", "eventid"]})
    hosts = hosts_of(zabbix, [e["objectid"] for e in found])
    for e in found:
        clock = time.strftime("%H:%M:%S", time.gmtime(int(e["clock"])))
        print("\t".join((clock, hosts.get(e["objectid"], "?"), e["name"])))


def items(zabbix, pattern):
    found = zabbix.call("item.get", {"output": ["key_", "lastvalue", "lastclock", "error"], "selectHosts": ["host"],
                                     "monitored": True})
    for i in sorted(found, key=lambda i: (i["hosts"][0]["host"], i["key_"])):
        if re.search(pattern, i["key_"]):
            print("\t".join((i["hosts"][0]["host"], i["key_"], i["lastvalue"] if int(i["lastclock"]) else "(none)", i["error"])))


def silence(zabbix, name):
    found = zabbix.call("item.get", {"output": ["lastclock"], "host": name, "filter": {"key_": "cdat.health"}})
    print(int(time.time()) - int(found[0]["lastclock"]))


def page(zabbix, what, name=None):
    """The address logs in, so that a browser needs no more than this."""
    if what == "problems":
        target = "zabbix.php?action=problem.view&filter_set=1&show=3&show_opdata=1"
    elif what == "host":
        hostid = zabbix.call("host.get", {"output": ["hostid"], "filter": {"host": name}})[0]["hostid"]
        target = "zabbix.php?action=host.dashboard.view&hostid=%s&kiosk=1" % hostid
    else:
        board = zabbix.call("dashboard.get", {"output": ["dashboardid"]})[0]["dashboardid"]
        target = "zabbix.php?action=dashboard.view&dashboardid=%s&kiosk=1" % board
    print(zabbix.url.replace("api_jsonrpc.php", "index.php?") + urllib.parse.urlencode(
        {"name": USER, "password": PASSWORD, "enter": "Sign in", "request": target}))


COMMANDS = {"call": call, "page": page, "silence": silence, "import": import_file, "export": export, "host": host, "discover": discover,
            "problems": problems, "history": history, "items": items}


def main():
    zabbix = Zabbix(sys.argv[1])
    if "apiinfo.version" not in sys.argv:
        zabbix.login()
    COMMANDS[sys.argv[2]](zabbix, *sys.argv[3:])


main()
