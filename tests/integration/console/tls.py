#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Terminates TLS before a console's Unix socket: tls.py CERTIFICATE KEY SOCKET PORT_FILE [AUTHORITY]

With AUTHORITY, who shows a certificate shows one of it, and the console is told whose it is, as nginx tells it."""

import os
import socket
import ssl
import sys
import threading

certificate, key, console, port_file = sys.argv[1:5]
authority = sys.argv[5] if len(sys.argv) > 5 else None
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if authority:
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(authority)
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


def read_until(source, data, enough):
    while not enough(data):
        piece = source.recv(65536)
        if not piece:
            raise OSError("the end")
        data += piece
    return data


def about(shown):
    """What is said of a certificate that was checked."""
    if not shown:
        return ["X-Client-Verify: NONE"]
    name = shown["subject"][0][0][1]
    return ["X-Client-Verify: SUCCESS", "X-Client-Serial: " + shown["serialNumber"], "X-Client-DN: CN=" + name]


def copy_requests(source, sink):
    said = [line.encode() for line in about(source.getpeercert())]
    data = b""
    try:
        while True:
            data = read_until(source, data, lambda data: b"\r\n\r\n" in data)
            head, data = data.split(b"\r\n\r\n", 1)
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"x-client-")]
            length = max([int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")], default=0)
            data = read_until(source, data, lambda data, length=length: len(data) >= length)
            sink.sendall(b"\r\n".join(lines + said) + b"\r\n\r\n" + data[:length])
            data = data[length:]
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
    if authority:
        copy_requests(front, back)
    else:
        copy(front, back)


with open(port_file + ".new", "w", encoding="ascii") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
