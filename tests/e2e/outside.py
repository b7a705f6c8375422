# SPDX-License-Identifier: Apache-2.0
"""Another machine: a network namespace behind a veth pair, with an HTTP server that keeps what it is sent."""

import ctypes
import os
import socket
import subprocess
import threading

PORT = 8080
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Outside:
    """name is of the namespace and the links; net the first three bytes of a network that nothing else uses."""

    def __init__(self, name, net):
        self.name, self.address = name, net + ".2"
        self.bodies = []
        ready = threading.Event()
        for command in ("ip netns add %s" % name, "ip link add %s-a type veth peer name %s-b netns %s" % (name, name, name),
                        "ip addr add %s.1/30 dev %s-a" % (net, name), "ip link set %s-a up" % name,
                        "ip -n %s addr add %s.2/30 dev %s-b" % (name, net, name), "ip -n %s link set %s-b up" % (name, name)):
            subprocess.run(command.split(), check=True)
        threading.Thread(target=self._serve, args=(ready,), daemon=True).start()
        if not ready.wait(30):
            raise OSError("the outside server did not start")

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def post(self, path):
        """The command that uploads a file in plaintext."""
        return "curl -sS --noproxy '*' -m 20 -X POST --data-binary @%s http://%s:%d/upload" % (path, self.address, PORT)

    def arrived(self):
        """All that came so far, also on connections that are still open."""
        return b"".join(bytes(body) for body in self.bodies)

    def _serve(self, ready):
        handle = os.open("/run/netns/" + self.name, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(handle, 0) != 0:
            return
        server = socket.socket()
        server.bind((self.address, PORT))
        server.listen()
        ready.set()
        while True:
            connection, _ = server.accept()
            self.bodies.append(bytearray())
            self._take(connection, self.bodies[-1])
            connection.close()

    @staticmethod
    def _take(connection, body):
        connection.settimeout(3)
        try:
            while True:
                data = connection.recv(65536)
                if not data:
                    break
                body += data
                head, end, rest = bytes(body).partition(b"\r\n\r\n")
                length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
                if end and length and len(rest) >= length[0]:
                    connection.sendall(ANSWER)
        except OSError:
            pass
