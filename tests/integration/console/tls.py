#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Terminates TLS before a console's Unix socket: tls.py CERTIFICATE KEY SOCKET PORT_FILE"""

import os
import socket
import ssl
import sys
import threading

certificate, key, console, port_file = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(raw):
    try:
        front = context.wrap_socket(raw, server_side=True)
    except (OSError, ssl.SSLError):
        return
    back = socket.socket(socket.AF_UNIX)
    back.connect(console)
    threading.Thread(target=copy, args=(back, front), daemon=True).start()
    copy(front, back)


with open(port_file + ".new", "w", encoding="ascii") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
