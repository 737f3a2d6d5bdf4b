#!/usr/bin/env node
// SPDX-License-Identifier: BSD-2-Clause
// Walks by GETBULK with npm's net-snmp (an implementation of its own): "OID value" lines,
// octets in hex.
//   walk.js HOST:PORT ROOT
"use strict";
const snmp = require("net-snmp");

const [host, port] = process.argv[2].split(":");
const root = process.argv[3].replace(/^\./, "");
const session = snmp.createSession(host, "public",
	{ port: Number(port), version: snmp.Version2c, timeout: 5000, retries: 0 });

function text(varbind) {
	switch (varbind.type) {
	case snmp.ObjectType.OctetString:
		return varbind.value.toString("hex");
	case snmp.ObjectType.OID:
		return "." + varbind.value;
	case snmp.ObjectType.Counter64:
		return varbind.value.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n).toString();
	default:
		return String(varbind.value);
	}
}

session.subtree(root, 40, (varbinds) => {
	for (const varbind of varbinds) {
		if (snmp.isVarbindError(varbind)) {
			console.error(snmp.varbindError(varbind));
			process.exit(1);
		}
		console.log("." + varbind.oid + " " + text(varbind));
	}
}, (error) => {
	if (error) {
		console.error(String(error));
		process.exitCode = 1;
	}
	session.close();
});
