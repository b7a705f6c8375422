# SPDX-License-Identifier: Apache-2.0
"""In a guest, as a step of stick.py: who remembers a list of customers after something went through a pair of sockets. One process opens the list
and sends by each of the ways, another waits for it at the other end; the kernel's table says what that one remembers."""

import array
import ctypes
import os
import signal
import socket
import struct
import subprocess
import time

import lab as weir
from lab import check

STREAM, DATAGRAM, PACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
FOLDER = "/opt/elsewhere/pairs"
MUCH = b"nothing but a word " * 32  # by its size alone
LITTLE = MUCH[:500]
NUMBER = weir.resident_id(900).encode()
LIBC = ctypes.CDLL(None, use_errno=True)


class Range(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Message(ctypes.Structure):
    """struct mmsghdr."""
    _fields_ = [("name", ctypes.c_void_p), ("name_len", ctypes.c_uint), ("ranges", ctypes.POINTER(Range)), ("n_ranges", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_len", ctypes.c_size_t), ("flags", ctypes.c_int), ("len", ctypes.c_uint)]


def messages(call, end, data, *more):
    """sendmmsg() or recvmmsg() of one message."""
    memory = ctypes.create_string_buffer(data, len(data))
    message = Message(ranges=ctypes.pointer(Range(ctypes.addressof(memory), len(data))), n_ranges=1)
    check(call(end.fileno(), ctypes.byref(message), 1, 0, *more) == 1, "errno %d" % ctypes.get_errno())


def send_file(end, data):
    path = "%s/sent-%d" % (FOLDER, os.getpid())
    with open(path, "wb+") as file:
        file.write(data)
        file.flush()
        check(os.sendfile(end.fileno(), file.fileno(), 0, len(data)) == len(data), "sendfile")


def splice_in(end, data):
    out, into = os.pipe()
    os.write(into, data)
    check(os.splice(out, end.fileno(), len(data)) == len(data), "splice")


def splice_out(end):
    check(os.splice(end.fileno(), os.pipe()[1], 65536) > 0, "splice")


def in_pieces(end, data):
    for at in range(0, len(data), 11):
        end.send(data[at:at + 11])


def in_ranges(*ranges):
    return lambda end, data: end.sendmsg(ranges)


def receive(end):
    end.recv(65536)


def receive_all(end):
    """Until the sender has closed its end."""
    while end.recv(65536):
        pass


def after_sender(end):
    """The sender and its end are gone by then."""
    weir.wait_for(lambda: os.path.exists(FOLDER + "/sent"), 300, "the senders' end")
    end.recv(65536)


SENDS = {
    "send": lambda end, data: end.send(data),
    "sendmsg": lambda end, data: end.sendmsg([data]),
    "sendmsg-ranges": lambda end, data: end.sendmsg([data[:7], data[7:300], data[300:]]),
    "sendmmsg": lambda end, data: messages(LIBC.sendmmsg, end, data),
    "write": lambda end, data: os.write(end.fileno(), data),
    "writev": lambda end, data: os.writev(end.fileno(), [data[:100], data[100:]]),
    "sendfile": send_file,
    "splice": splice_in,
}
RECEIVES = {
    "recvfrom": lambda end: end.recvfrom(65536),
    "recv_into": lambda end: end.recv_into(array.array("B", bytes(4096))),
    "recvmsg": lambda end: end.recvmsg(65536),
    "recvmmsg": lambda end: messages(LIBC.recvmmsg, end, bytes(4096), None),
    "read": lambda end: os.read(end.fileno(), 65536),
    "readv": lambda end: os.readv(end.fileno(), [bytearray(10), bytearray(4096)]),
    "peek": lambda end: end.recv(1, socket.MSG_PEEK),
    "gone": after_sender,
}


def pair(kind):
    return lambda: socket.socketpair(socket.AF_UNIX, kind)


def connected(name):
    """A service's socket and who connects to it: the first has no name itself, the second is of a named one."""
    def make():
        service, client = (socket.socket(socket.AF_UNIX, STREAM) for _ in range(2))
        service.bind(name)
        service.listen()
        client.connect(name)
        return client, service.accept()[0], service
    return make


def named_later():
    first, second = socket.socketpair(socket.AF_UNIX, DATAGRAM)
    second.bind("\0weir-pairs-later")
    return first, second


def addressed(name, listens):
    """An end of a pair that sends to somebody else. Who reads: that one, or the other end, where something else waits."""
    def make():
        first, other = socket.socketpair(socket.AF_UNIX, DATAGRAM)
        service = socket.socket(socket.AF_UNIX, DATAGRAM)
        service.bind(name)
        first.send(b"hello")
        return (first, service, other) if listens else (first, other, service)
    return make


def backwards(make):
    """What the sender itself gets back at its own end is none of what it sent."""
    def turned():
        first, second = make()
        second.send(b"hello")
        return first, first, second
    return turned


def cases():
    """{name: (a function that makes the ends, the sender's, the reader's and what else has to stay open; the sender's way, what it sends, the
    reader's way, is it to remember)}."""
    found = {}
    for kind, title in ((STREAM, "stream"), (DATAGRAM, "datagram"), (PACKET, "packet")):
        for name, send in SENDS.items():
            found["%s by %s" % (title, name)] = (pair(kind), send, MUCH, receive, True)
        for name, way in RECEIVES.items():
            found["%s, %s" % (title, name)] = (pair(kind), SENDS["send"], MUCH, way, True)
        found[title + ", in pieces"] = (pair(kind), in_pieces, MUCH, receive_all if kind != DATAGRAM else after_sender, True)
        found[title + ", a number"] = (pair(kind), SENDS["send"], NUMBER, receive, True)
        found[title + ", a control character"] = (pair(kind), SENDS["send"], b"\0", receive, True)
        found[title + ", a number in two ranges"] = (pair(kind), in_ranges(NUMBER[:8], NUMBER[8:]), b"", receive, True)
        found[title + ", many ranges"] = (pair(kind), in_ranges(*[b"a"] * 40), b"", receive, True)
        found[title + ", little"] = (pair(kind), SENDS["send"], LITTLE, receive, False)
        found[title + ", little in ranges"] = (pair(kind), in_ranges(b"line ", b"12345678", b"\n"), b"", receive, False)
        found[title + ", little by write"] = (pair(kind), SENDS["write"], LITTLE, receive, False)
        found[title + ", its own end"] = (backwards(pair(kind)), SENDS["send"], MUCH, after_sender, False)
    found["stream, splice out"] = (pair(STREAM), SENDS["send"], MUCH, splice_out, True)
    found["packet, an address that is ignored"] = (pair(PACKET), lambda end, data: end.sendto(data, "\0weir-pairs-nobody"), MUCH, receive, True)
    found["a service with a path"] = (connected(FOLDER + "/service"), SENDS["send"], MUCH, receive, False)
    found["a service with an abstract name"] = (connected("\0weir-pairs"), SENDS["write"], MUCH, receive, False)
    found["a pair that was given a name"] = (named_later, SENDS["send"], MUCH, receive, False)
    for name, listens in (("\0weir-pairs-service", True), ("\0weir-pairs-other", False)):
        found["an address given with the message, %s" % name[1:]] = (
            addressed(name, listens), lambda end, data, to=name: end.sendto(data, to), MUCH, after_sender, False)
    return found


def child(ends, action):
    """A process that has these sockets open and no other: who waits for their end would wait for all."""
    pid = os.fork()
    if pid == 0:
        status, kept = 1, {end.fileno() for end in ends}
        try:
            for fd in set(range(3, 1024)) - kept:
                weir.attempt(lambda fd=fd: os.close(fd))
            action()
            status = 0
        except (OSError, weir.Failure) as error:
            print(error, flush=True)
        finally:
            os._exit(status)
    return pid


def said(name):
    open("%s/%s" % (FOLDER, name), "w").close()


def wait_said(*names):
    weir.wait_for(lambda: all(os.path.exists("%s/%s" % (FOLDER, name)) for name in names), 300, "word from %s" % (names,))


def reader(number, ends, way):
    """Stays when it has read, so that it can be looked at."""
    def action():
        way(ends[1])
        said("read-%d" % number)
        signal.pause()
    return child(ends[1:], action)


def sender(source, ends, way, data, before=lambda: None):
    def action():
        with open(source, "rb") as file:
            file.read()
        before()
        way(ends[0], data)
    return child(ends[:1], action)


def ended(pid, name):
    check(os.waitpid(pid, 0)[1] == 0, "%s: its sender failed" % name)


def dismiss(pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def remembering():
    """The processes that remember something now."""
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return {entry["formatted"]["key"] for entry in weir.kernel_map("weir_procs") if entry["formatted"]["value"]["tainted_until_ns"] > now}


def every_way(source):
    table, readers = cases(), {}
    ends = {name: case[0]() for name, case in table.items()}
    for number, (name, case) in enumerate(table.items()):
        readers[name] = reader(number, ends[name], case[3])
    time.sleep(2)  # most wait in their call by now: what arrives during a call counts as well
    senders = {name: sender(source, ends[name], case[1], case[2]) for name, case in table.items()}
    for all_of_one in ends.values():
        for end in all_of_one:
            end.close()
    for name, pid in senders.items():
        ended(pid, name)
    said("sent")
    wait_said(*["read-%d" % number for number in range(len(table))])
    found = remembering()
    dismiss(readers.values())
    check(os.getpid() not in found, "the test itself remembers the list")
    wrong = ["%s: %s" % (name, "remembers" if pid in found else "remembers nothing") for name, pid in readers.items()
             if (pid in found) != table[name][4]]
    check(not wrong, "%d of %d: %s" % (len(wrong), len(table), "; ".join(wrong)))
    return len(table)


def over(name, key, field):
    """Makes the moment at which an entry's memory ends one that has passed."""
    entry = [one for one in weir.kernel_map(name) if one["formatted"]["key"] == key]
    check(entry, "%s has no entry of %s" % (name, key))
    value = bytes(int(byte, 16) for byte in entry[0]["value"])
    until = struct.pack("<Q", entry[0]["formatted"]["value"][field])
    check(value.count(until) == 1 and until != bytes(8), "%s of %s: %s" % (field, key, until))
    words = ["%d" % byte for byte in value.replace(until, struct.pack("<Q", 1))]
    subprocess.run(["bpftool", "map", "update", "pinned", weir.KERNEL_MAPS + "/" + name, "key", *entry[0]["key"], "value", *words], check=True)


def moment_over(source):
    """Neither does who has forgotten hand on anything, nor is anything remembered from what was sent too long ago."""
    ends = socket.socketpair()
    said_so = sender(source, ends, SENDS["send"], MUCH, before=lambda: (said("opened"), wait_said("forgotten")))
    wait_said("opened")
    over("weir_procs", said_so, "tainted_until_ns")
    said("forgotten")
    forgot = reader(1000, ends, receive)
    late_ends = socket.socketpair()
    ended(sender(source, late_ends, SENDS["send"], MUCH), "sent in time")
    end = os.fstat(late_ends[1].fileno())
    over("weir_carriers", {"ino": end.st_ino, "dev": os.minor(end.st_dev), "pad": 0}, "until_ns")
    late = reader(1001, late_ends, receive)
    ended(said_so, "sent too late")
    wait_said("read-1000", "read-1001")
    found = remembering()
    dismiss([forgot, late])
    check(forgot not in found, "who had forgotten the list handed it on")
    check(late not in found, "what was over is remembered")


def run(source):
    os.makedirs(FOLDER)
    print("%d ways through a socket" % every_way(source))
    moment_over(source)
