#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the plaintext upload goes to: receiver.py ADDRESS PORT FILE. Answers every PUT and POST, appends what arrived to
FILE (also when a body ends early), and says "ready" once it listens."""

import http.server
import socket
import sys

LIMIT = 64 * 1024 * 1024


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 20

    def take(self):
        left = min(int(self.headers.get("Content-Length") or 0), LIMIT)
        with open(self.server.path, "ab") as out:
            while left > 0:
                try:
                    data = self.rfile.read1(min(left, 65536))
                except (OSError, socket.timeout):
                    data = b""
                if not data:
                    self.close_connection = True
                    return
                out.write(data)
                out.flush()
                left -= len(data)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PUT = take

    def log_message(self, *arguments):
        pass


def main():
    server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
    server.daemon_threads = True
    server.path = sys.argv[3]
    print("ready", flush=True)
    server.serve_forever()


main()
