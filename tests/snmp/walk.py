#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Walks by GETBULK with pysnmp (an implementation of its own): "OID value" lines, octets in hex.

walk.py HOST:PORT ROOT
"""
import sys

from pysnmp.hlapi import (CommunityData, ContextData, ObjectIdentity, ObjectType, SnmpEngine,
                          UdpTransportTarget, bulkCmd)
from pyasn1.type.univ import ObjectIdentifier, OctetString

host, port = sys.argv[1].split(":")
root = sys.argv[2]
for failure, status, _, binds in bulkCmd(
        SnmpEngine(), CommunityData("public"), UdpTransportTarget((host, int(port)), timeout=5),
        ContextData(), 0, 40, ObjectType(ObjectIdentity(root)), lookupMib=False):
    if failure or status:
        sys.exit(str(failure or status.prettyPrint()))
    for name, value in binds:
        oid = "." + str(name)
        if not oid.startswith(root + "."):
            sys.exit(0)
        if isinstance(value, ObjectIdentifier):
            text = "." + str(value)
        elif isinstance(value, OctetString):
            text = bytes(value).hex()
        else:
            text = str(int(value))
        print(oid, text)
