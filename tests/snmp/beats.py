# SPDX-License-Identifier: BSD-2-Clause
# How late heartbeats are, by the kernel's clock at the interface where they arrive.
#
#   beats.py send INTERFACE-ADDRESS ADDRESS PORT MS   a datagram each MS, until it is ended
#   beats.py watch INTERFACE SOURCE PORT LOG          a line each time the longest gap between
#                                                     datagrams of SOURCE to PORT grows
# A line is "SECONDS-SINCE-THE-EPOCH GAP-IN-MS", of each gap above 100 ms.
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
ETH_P_IP = 0x0800


def send(own, address, port, ms):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((own, 0))
    due = time.monotonic()
    while True:
        s.sendto(b"tick", (address, port))
        due += ms / 1000
        time.sleep(max(0, due - time.monotonic()))


def watch(interface, source, port, log):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((interface, ETH_P_IP))
    wanted = socket.inet_aton(source)
    last = 0.0
    while True:
        packet, ancillary, _, address = s.recvmsg(128, 64)
        head = (packet[0] & 15) * 4
        if packet[9] != 17 or packet[12:16] != wanted or address[2] == socket.PACKET_OUTGOING:
            continue
        if struct.unpack("!H", packet[head + 2:head + 4])[0] != port:
            continue
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, ns = struct.unpack("qq", data[:16])
                now = seconds + ns / 1e9
        if last and now - last > 0.1:
            print("%.6f %.1f" % (now, (now - last) * 1000), file=log, flush=True)
        last = now


if sys.argv[1] == "send":
    send(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
else:
    watch(sys.argv[2], sys.argv[3], int(sys.argv[4]), open(sys.argv[5], "w"))
