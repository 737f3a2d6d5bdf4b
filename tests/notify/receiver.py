#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An HTTP(S) receiver that behaves as it is told.

    receiver.py DIRECTORY PORT...

For each port the file DIRECTORY/PORT.mode is read anew for each request:
    ok          answers 200, and notes the request
    status N    answers N
    hang        reads the request and never answers
    reset       breaks the connection off by RST
    slow        answers 200 and then a body, an octet at a time, without end in sight
    endless     answers 200 and a body without end, as fast as it can
    garbage     answers what is not HTTP
    redirect    answers 302 to /elsewhere
    cut         closes in the middle of the answer
A request that is answered by "ok" is a line of JSON in DIRECTORY/PORT.got; what was asked in
all is counted in DIRECTORY/PORT.count.  With DIRECTORY/PORT.pem (certificate and key) it
speaks TLS; with DIRECTORY/PORT.ca too it wants a certificate of the client by that CA.
"""
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def mode(self):
        try:
            with open(self.server.base + ".mode") as f:
                return f.read().split()
        except OSError:
            return ["ok"]

    def answer(self, status, body=b"{}", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, octets, pause):
        self.send_response(200)
        self.end_headers()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.wfile.write(octets)
            self.wfile.flush()
            time.sleep(pause)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.count()
        mode = self.mode()
        self.close_connection = mode[0] not in ("ok", "status", "redirect")
        if mode[0] == "ok":
            self.server.note(self, body)
            self.answer(200)
        elif mode[0] == "status":
            self.answer(int(mode[1]), b"told to answer this", [("Retry-After", "1")])
        elif mode[0] == "hang":
            time.sleep(60)
        elif mode[0] == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif mode[0] == "slow":
            self.drip(b"x", 0.2)
        elif mode[0] == "endless":
            self.drip(b"x" * 65536, 0)
        elif mode[0] == "garbage":
            self.wfile.write(b"\x00\xff nothing that HTTP knows\r\n\r\n")
        elif mode[0] == "redirect":
            self.answer(302, b"", [("Location", "/elsewhere")])
        elif mode[0] == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    do_GET = do_POST


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, directory, port):
        self.base = os.path.join(directory, str(port))
        self.lock = threading.Lock()
        self.asked = 0
        super().__init__(("127.0.0.1", port), Receiver)
        if os.path.exists(self.base + ".pem"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.base + ".pem")
            if os.path.exists(self.base + ".ca"):
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.base + ".ca")
            self.context = context
        else:
            self.context = None

    def finish_request(self, request, client_address):
        # the handshake is done in the thread of the request, so that a bad one delays nobody
        if self.context is not None:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass

    def count(self):
        with self.lock:
            self.asked += 1
            with open(self.base + ".count", "w") as f:
                f.write("%d\n" % self.asked)

    def note(self, handler, body):
        line = json.dumps({"path": handler.path, "headers": dict(handler.headers.items()),
                           "body": body.decode("utf-8", "replace")})
        with self.lock, open(self.base + ".got", "a") as f:
            f.write(line + "\n")


def main():
    directory = sys.argv[1]
    servers = [Server(directory, int(port)) for port in sys.argv[2:]]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with open(os.path.join(directory, "ready"), "w") as f:
        f.write("ready\n")
    threading.Event().wait()


main()
