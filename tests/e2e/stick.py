# SPDX-License-Identifier: Apache-2.0
"""In a guest with a FAT stick: what people do with customer files, on kernel tier 1 or 2.

stick.py TIER: lsm or fmod_ret, what this guest must settle on. The host reads the stick's image afterwards (stick_image.py)."""

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
import pairs  # noqa: E402
import warned  # noqa: E402
from outside import PORT, Outside  # noqa: E402
from lab import WAYS, attempt, check, shell, write  # noqa: E402

STICK = "/media/stick"
DATA = "/srv/data"
HOOKS = {"lsm": ("lsm/file_permission", "lsm/socket_sendmsg"),
         "fmod_ret": ("fmod_ret/security_file_permission", "fmod_ret/security_socket_sendmsg")}


def plug():
    disk = subprocess.run(["usb", "plug", "0"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    os.makedirs(STICK, exist_ok=True)
    subprocess.run(["mount", disk + "1", STICK], check=True)


def check_doctor(lab, tier):
    report = lab.doctor()
    channels = {channel["channel"]: channel for channel in report["channels"]}
    number = {"lsm": 1, "fmod_ret": 2}[tier]
    for name in ("removable", "network"):
        channel = channels[name]
        check(channel["state"] == "enforced", "%s is %s" % (name, channel["state"]))
        check(channel["tier"] == number, "%s is on tier %s" % (name, channel["tier"]))
        hooks = {evidence["hook"]: evidence for evidence in channel["evidence"]}
        wanted = HOOKS[tier][0 if name == "removable" else 1]
        check(wanted in hooks, "%s without evidence of %s: %s" % (name, wanted, list(hooks)))
        check(hooks[wanted]["denied"] and hooks[wanted]["passed_clean"], "evidence of %s: %s" % (wanted, hooks[wanted]))
        check(channel["blind_spots"], "%s names no blind spot" % name)
    check(channels["at_rest"]["state"] == "blind", "at_rest is %s" % channels["at_rest"]["state"])


def check_block(event, tier, hook, process, identifiers):
    check(event["alert"] and event["action"] == "block", "not an alert that blocked: %s" % event)
    check(event["tier"] == tier, "tier %s" % event["tier"])
    check(event["hook"] == hook, "hook %s" % event["hook"])
    check(event["process"]["name"] == process, "process %s" % event["process"])
    check(event["process"]["executable"].endswith(process), "executable %s" % event["process"])
    check(not any(i in str(event) for i in identifiers), "an identifier is in the event")


def refused_copies(lab, tier, source, identifiers, kind):
    """Every way of copying source to the stick fails with an error and leaves nothing; one alert each."""
    for process, way in WAYS.items():
        target = "%s/%s-%s.csv" % (STICK, kind, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode != 0, "%s of the %s file went through" % (process, kind))
        check("ermission denied" in result.stdout, "%s says: %s" % (process, result.stdout))
        event = lab.event(path=target, action="block")
        check_block(event, tier, HOOKS[tier][0], process, identifiers)
        check(event["device"]["serial_number"] == "STICK0", "device %s" % event.get("device"))
        check(event["device"]["bus"] == "usb", "device %s" % event.get("device"))
        check(event["rule"] == "removable-bulk-identity", "rule %s" % event["rule"])
        count = lab.counted(event, "cn_resident_id")
        check(count == len(identifiers) if kind == "labelled" or process != "dd" else count >= 5, "counts %s" % event["counts"])
        left = open(target, "rb").read() if os.path.exists(target) else b""
        check(not any(i.encode() in left for i in identifiers), "%s left identifiers in the %s copy" % (process, kind))


def clean_copies(lab, source):
    """The same table of nobody passes every way, byte for byte, and is an event too."""
    for process, way in WAYS.items():
        target = "%s/clean-%s.csv" % (STICK, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode == 0, "%s of the clean file: %s" % (process, result.stdout))
        check(open(source).read() == open(target).read(), "%s changed the clean file" % process)
        event = lab.event(path=target)
        check(event["action"] in ("audit", "allow") and not event["alert"], "clean copy: %s" % event)
        check(event["device"]["serial_number"] == "STICK0", "device %s" % event.get("device"))
        check(event["process"]["name"] in (process, "bash"), "process %s" % event["process"])
        check(event["tier"] and event["hook"], "no tier or hook: %s" % event)
        check(event["counts"] == [], "counts %s" % event["counts"])


def busy_server(lab, outside, path):
    """A server that hands out files by sendfile is let by, and recorded now and then, not at every call."""
    def send():
        connection = socket.create_connection((outside.address, PORT))
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n")
        with open(path, "rb") as file:
            connection.sendfile(file)
        connection.close()
    for _ in range(60):
        check(attempt(send) == 0, "sendfile to a socket was refused")
    seen = weir.wait_for(lambda: lab.matching(channel="network", cause="opaque"), 60, "an event about sendfile")
    check(len(seen) < 20, "%d events about 60 calls" % len(seen))
    check(all(event["action"] == "audit" and not event["alert"] for event in seen), "sendfile: %s" % seen[0])


def uploads(lab, tier, dirty, clean, identifiers):
    outside = Outside("outside", "192.0.2")
    result = shell(outside.post(clean))
    check(result.returncode == 0, "the clean upload: %s" % result.stdout)
    result = shell(outside.post(dirty))
    check(result.returncode != 0, "the upload went through")
    event = lab.event(channel="network", action="block")
    check_block(event, tier, HOOKS[tier][1], "curl", identifiers)
    check(event["destination"] == {"ip": "192.0.2.2", "port": 8080, "protocol": "tcp"}, "destination %s" % event["destination"])
    check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])
    busy_server(lab, outside, clean)
    check(b"customer 1," in outside.arrived(), "nothing of the clean upload arrived")
    check(not any(i.encode() in outside.arrived() for i in identifiers), "identifiers arrived")
    return outside


def on_target(name, action):
    """action(fd) on a new file on the stick: the errno, and the event that says what became of it."""
    path = "%s/%s" % (STICK, name)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    result = attempt(lambda: action(fd))
    os.close(fd)
    return result, path


def pieces(fd, data, size):
    for at in range(0, len(data), size):
        os.write(fd, data[at:at + size])


def write_calls(lab, tier, unlabelled, clean):
    """The calls that write to a file, each with customers and each with nobody, from a process that opened neither file."""
    dirty, harmless = unlabelled.encode(), clean.encode()
    cut = dirty.index(weir.identifiers(unlabelled)[7].encode()) + 9  # within an identifier
    calls = {
        "write": lambda fd, data: os.write(fd, data),
        "pwrite": lambda fd, data: os.pwrite(fd, data, 4096),
        "writev": lambda fd, data: os.writev(fd, [data[:cut], data[cut:]]),
        "pwritev": lambda fd, data: os.pwritev(fd, [data[:cut], data[cut:]], 0),
        "pwritev2": lambda fd, data: os.pwritev(fd, [data[:cut], data[cut:]], 0, os.RWF_DSYNC),
        "pieces": lambda fd, data: pieces(fd, data, 7),
    }
    for name, call in calls.items():
        result, path = on_target("call-%s-dirty" % name, lambda fd, call=call: call(fd, dirty))
        check(result == 13, "%s of customers: errno %d" % (name, result))
        event = lab.event(path=path, action="block")
        check(event["cause"] == "content" and event["hook"] == HOOKS[tier][0], "%s: %s" % (name, event))
        result, path = on_target("call-%s-clean" % name, lambda fd, call=call: call(fd, harmless))
        check(result == 0, "%s of nobody: errno %d" % (name, result))
    append = os.open(STICK + "/call-append", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    check(attempt(lambda: pieces(append, dirty, 7)) == 13, "appending in pieces went through")
    os.close(append)
    check(lab.event(path=STICK + "/call-append", action="block")["cause"] == "content", "appending")


def looks_later(lab):
    """Does this host look at what is not in memory when it is? Kernels from 6.14 on copy before they bring it in."""
    removable = [channel for channel in lab.doctor()["channels"] if channel["channel"] == "removable"][0]
    late = {seen["hook"]: seen for seen in removable["evidence"]}.get("fexit/fault_in_readable", {})
    held = bool(late.get("denied") and late.get("passed_clean"))
    release = tuple(int(number) for number in platform.release().split(".")[:2])
    check(held == (release < (6, 14)), "the later look on %s: %s" % (platform.release(), late))
    return held


def unseen_buffers(lab, source):
    """What cannot be read at the call is looked at when it can, or refused; a copy inside the kernel is sent through memory."""
    handle = os.open(source, os.O_RDONLY)
    data = mmap.mmap(handle, 0, prot=mmap.PROT_READ)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    before = lab.status()["kernel_counts"]["late_looks"]
    result, path = on_target("unseen-page", lambda fd: os.write(fd, data))
    if looks_later(lab):
        check(result == 0, "a page that is not there: errno %d" % result)
        check(lab.status()["kernel_counts"]["late_looks"] > before, "nobody looked later")
        check(open(path, "rb").read() == bytes(data), "what was not there did not arrive whole")
        check(not lab.matching(path=path, action="block"), "a page that is not there: told of")
    else:
        check(result == 13, "a page that is not there and is not looked at: errno %d" % result)
        check(lab.event(path=path, action="block")["cause"] == "unreadable", "a page that is not there")
    result, path = on_target("sendfile", lambda fd: os.sendfile(fd, handle, 0, 100))
    check(result == errno.EINVAL, "sendfile of what nobody looked at: errno %d" % result)
    check(not lab.matching(path=path, action="block"), "sendfile: sent round, and told of")
    os.close(handle)


def counts_kept():
    """How many files and sockets the kernel keeps a count of."""
    return len(weir.kernel_map("weir_flows"))


def in_halves(fd, numbers, put):
    """Every number in two calls; the errno of the first that fails."""
    for number in numbers:
        for piece in (number[:9], number[9:] + "\n"):
            error = attempt(lambda piece=piece: put(fd, piece.encode()))
            if error:
                return error
    return 0


def ways_round_a_file(numbers):
    """What would make the kernel lose count: positions that appending ignores, truncating that never happens."""
    ways = {"pwrite": (os.O_APPEND, lambda fd, data: os.pwrite(fd, data, 0)),
            "rwf-append": (0, lambda fd, data: os.pwritev(fd, [data], 0, os.RWF_APPEND))}
    for name, (flags, put) in ways.items():
        fd = os.open("%s/halves-%s" % (STICK, name), os.O_WRONLY | os.O_CREAT | flags)
        check(in_halves(fd, numbers, put) == 13, "appended halves by %s went through" % name)
        os.close(fd)
    path = STICK + "/leased"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    check(attempt(lambda: os.write(fd, "\n".join(numbers[:4]).encode())) == 0, "four numbers were refused")
    # Not while the agent has the file of an event open.
    weir.wait_for(lambda: attempt(lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)) == 0, 60, "a lease")
    error = attempt(lambda: os.close(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK)))
    check(error == errno.EAGAIN, "the lease did not hold: errno %d" % error)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    check(attempt(lambda: os.write(fd, "\n".join([""] + numbers[4:8]).encode())) == 13,
          "truncating that never happened started the count anew")
    os.close(fd)
    before = counts_kept()
    for i in range(20):
        write("%s/holiday-%d" % (STICK, i), "a photo\n")
    check(counts_kept() < before + 10, "files with nothing in them are remembered after closing: %d, then %d" %
          (before, counts_kept()))


def ways_round_a_socket(numbers):
    """To the neighbour that uploads() made: an address that does not say what it is, one number a datagram."""
    data, libc = "\n".join(numbers).encode(), ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("192.0.2.1", 0))
        sender.connect(("127.0.0.1", 9))
        to = struct.pack("=H", socket.AF_UNSPEC) + struct.pack(">H", 9999) + socket.inet_aton("192.0.2.2") + bytes(8)
        check(libc.sendto(sender.fileno(), data, len(data), 0, to, 16) == -1 and ctypes.get_errno() == 13,
              "AF_UNSPEC passed for the peer, which is exempt")
    for family, address in ((socket.AF_INET, "192.0.2.2"), (socket.AF_INET6, "::ffff:192.0.2.2")):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            errors = [attempt(lambda number=number: sender.sendto(number.encode(), (address, 9999))) for number in numbers]
            check(errors[:4] == [0] * 4 and set(errors[4:]) == {13}, "one number a datagram to %s: %s" % (address, errors))


def loop_on_stick(lab, tier, source, identifiers):
    """A file system in a file on the stick is the stick, seen through the loop device."""
    inner = "/media/inner"
    os.makedirs(inner, exist_ok=True)
    result = shell("truncate -s 8M {0}/inner.img && mkfs.ext4 -q {0}/inner.img && mount -o loop {0}/inner.img {1}"
                   .format(STICK, inner))
    check(result.returncode == 0, "the volume on the stick: %s" % result.stdout)
    weir.wait_for(lambda: [v for v in lab.status()["volumes"] if v["mount_point"] == inner], 60, "the inner volume")
    result = shell(WAYS["cp"].format(source=source, target=inner + "/deep.csv"))
    check(result.returncode != 0 and "ermission denied" in result.stdout, "through the loop device: %s" % result.stdout)
    check_block(lab.event(path=inner + "/deep.csv", action="block"), tier, HOOKS[tier][0], "cp", identifiers)
    device = shell("findmnt -no SOURCE " + inner).stdout.strip()
    result = shell("mount -t vfat %s /mnt" % device)
    check(result.returncode != 0, "mounted twice as different things")
    result = shell(WAYS["cp"].format(source=source, target=inner + "/again.csv"))
    check(result.returncode != 0, "a mount that failed made the volume forgotten")
    weir.umount(inner)


SEAL = """python3 -c 'import random, sys
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(bytes(a ^ b for a, b in zip(data, random.Random(1).randbytes(len(data)))))'"""


def sealed_behind_a_pair(source, target):
    """cat at one end of a pair of sockets, what seals at the other."""
    into, out = socket.socketpair()
    with subprocess.Popen(["bash", "-c", "%s > %s" % (SEAL, target)], stdin=out) as seal:
        out.close()
        with into:
            subprocess.run(["cat", source], stdout=into, check=True)
    check(seal.returncode == 0, "sealing behind a pair of sockets")


def check_relayed(lab, target, process, identifiers):
    event = lab.event(path=target, action="block")
    check(event["alert"] and event["late"] and event["cause"] == "label", "relayed: %s" % event)
    check(event["rule"] == "removable-bulk-identity", "rule %s" % event["rule"])
    check(event["process"]["name"] == process, "process %s" % event["process"])
    check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])
    check(event["scrubbed_bytes"] > 0 and os.path.getsize(target) == 0, "%s is still there" % target)


def complaints(source, clean):
    """Whoever reads what a reader of the list says of its work, and not the list, is free to write what it likes."""
    said = shell("python3 -c 'import sys; open(sys.argv[1]).read(); print(\"12345678 bytes, 0.000956781 s\")' " + source)
    check(said.returncode == 0 and "0.000956781" in said.stdout, "complaint: %s" % said.stdout)
    target = STICK + "/after-complaints.csv"
    result = shell(WAYS["dd"].format(source=clean, target=target))
    check(result.returncode == 0, "a complaint tainted its reader: %s" % result.stdout)
    check(open(clean).read() == open(target).read(), "dd changed the clean file")


def relayed(lab, source, identifiers):
    """Made unreadable by a process that never opened the list, but was handed it: its origin speaks for it."""
    direct = STICK + "/sealed.bin"
    check(shell("cat %s | %s > %s" % (source, SEAL, direct)).returncode == 0, "sealing went wrong")
    check_relayed(lab, direct, "bash", identifiers)
    pieces_of_it = STICK + "/sealed-pieces.bin"
    check(shell("dd if=%s bs=11 status=none | %s > %s" % (source, SEAL, pieces_of_it)).returncode == 0, "sealing in pieces")
    check_relayed(lab, pieces_of_it, "bash", identifiers)
    paired = STICK + "/sealed-pair.bin"
    sealed_behind_a_pair(source, paired)
    check_relayed(lab, paired, "bash", identifiers)
    stored = DATA + "/sealed.bin"
    check(shell("cat %s | %s > %s" % (source, SEAL, stored)).returncode == 0, "sealing to disk went wrong")
    weir.wait_for(lambda: lab.status()["pending"] == 0, 60, "the local file's label")
    target = STICK + "/sealed-later.bin"
    check(shell("cp %s %s" % (stored, target)).returncode == 0, "copying what was sealed went wrong")
    check_relayed(lab, target, "cp", identifiers)
    target = STICK + "/sealed-holiday.bin"
    check(shell("head -c 3000 /bin/bash | %s > %s" % (SEAL, target)).returncode == 0, "sealing nobody's data")
    event = lab.event(path=target)
    check(event["action"] != "block" and event["scan_status"] == "unscannable", "nobody's data: %s" % event)
    check(os.path.getsize(target) == 3000, "nobody's data was destroyed")


def expired(lab, source):
    """A pass in the kernel's map whose time is over."""
    number = [int(warned.PERSON).to_bytes(4, "little"), (1).to_bytes(4, "little"), (1).to_bytes(8, "little")]
    words = [" ".join("%d" % byte for byte in part) for part in number]
    result = shell("bpftool map update pinned %s/weir_passes key %s %s value %s" % (weir.KERNEL_MAPS, *words))
    check(result.returncode == 0, "bpftool: %s" % result.stdout)
    result = warned.copy(warned.PERSON, source, STICK + "/expired.csv")
    check(result.returncode != 0, "a pass that is over let it by")


def with_a_reason(lab, outside):
    """A rule of warn: refused, explained, justified, once."""
    disk = shell("findmnt -no SOURCE " + STICK).stdout.strip()
    weir.umount(STICK)
    subprocess.run(["mount", "-o", "umask=0", disk, STICK], check=True)
    weir.wait_for(lambda: [v for v in lab.status()["volumes"] if v["mount_point"] == STICK], 60, "the stick again")
    warned.use_policy(lab)
    few, many = "/opt/elsewhere/few.csv", "/opt/elsewhere/many.csv"
    write(few, weir.customers(200, 20))
    write(many, weir.customers(240, 120))
    numbers = weir.identifiers(weir.customers(200, 20))
    warned.files(lab, few, numbers, many, STICK, lambda result: "ermission denied" in result.stdout)
    expired(lab, few)
    warned.uploads(lab, outside, few, numbers, lambda command: warned.run_as(warned.PERSON, command))


def pulled(lab):
    """The stick goes away while it is mounted: the agent stays and forgets the volume."""
    subprocess.run(["usb", "unplug", "0"], check=True)
    subprocess.run(["umount", "-l", STICK], check=True)
    weir.wait_for(lambda: not [v for v in lab.status()["volumes"] if v["mount_point"] == STICK], 60, "no stick any more")


def survives_kill(lab, tier, source, identifiers):
    lab.kill("agent")
    target = STICK + "/orphan.csv"
    result = shell(WAYS["cp"].format(source=source, target=target))
    check(result.returncode != 0 and "ermission denied" in result.stdout, "without the agent: %s" % result.stdout)
    lab.start_agent()
    check_block(lab.event(path=target, action="block"), tier, HOOKS[tier][0], "cp", identifiers)
    looks_later(lab)  # seen while the programs of the dead one were still there
    target = STICK + "/after.csv"
    result = shell(WAYS["cp"].format(source=source, target=target))
    check(result.returncode != 0, "after the restart: %s" % result.stdout)
    check_block(lab.event(path=target, action="block"), tier, HOOKS[tier][0], "cp", identifiers)
    events = lab.events()
    seen = [e["kernel_sequence"] for e in events if "kernel_sequence" in e]
    check(seen and len(seen) == len(set(seen)), "no kernel record was reported, or one twice: %s" % seen)
    sequences = [e["sequence"] for e in events]
    check(sequences == list(range(1, len(sequences) + 1)), "gaps or doubles at the console: %s" % sequences)


@contextlib.contextmanager
def plugged(tier, policy=None):
    """An agent that holds what it should in this tier, and a stick that is written out in the end."""
    os.makedirs(DATA, exist_ok=True)
    policy = policy or shutil.copy(weir.BASELINE, "/srv/policy.yaml")
    try:
        with weir.Lab("/srv/lab", pin_dir="/sys/fs/bpf/weir", watch=[DATA], policy=policy) as lab:
            lab.start_all()
            check_doctor(lab, tier)
            plug()
            weir.wait_for(lambda: STICK in [volume["mount_point"] for volume in lab.status()["volumes"]], 60, "the stick")
            yield lab
    finally:
        subprocess.run(["umount", STICK], check=False, stderr=subprocess.DEVNULL)


def run(lab, tier):
    os.makedirs("/opt/elsewhere", exist_ok=True)
    labelled, unlabelled, clean = weir.customers(0, 20), weir.customers(20, 20), weir.customers(40, 20, valid=False)
    write(DATA + "/customers.csv", labelled)
    event = lab.event(path=DATA + "/customers.csv")
    check(lab.counted(event, "cn_resident_id") == 20 and event["channel"] == "file", "local event %s" % event)
    pairs.run(DATA + "/customers.csv")
    write("/opt/elsewhere/customers.csv", unlabelled)
    write("/opt/elsewhere/clean.csv", clean)
    refused_copies(lab, tier, DATA + "/customers.csv", weir.identifiers(labelled), "labelled")
    refused_copies(lab, tier, "/opt/elsewhere/customers.csv", weir.identifiers(unlabelled), "unlabelled")
    complaints(DATA + "/customers.csv", "/opt/elsewhere/clean.csv")
    clean_copies(lab, "/opt/elsewhere/clean.csv")
    write_calls(lab, tier, unlabelled, clean)
    unseen_buffers(lab, "/opt/elsewhere/clean.csv")
    outside = uploads(lab, tier, "/opt/elsewhere/customers.csv", "/opt/elsewhere/clean.csv", weir.identifiers(unlabelled))
    numbers = weir.identifiers(weir.customers(60, 20))
    ways_round_a_file(numbers)
    ways_round_a_socket(numbers)
    relayed(lab, DATA + "/customers.csv", weir.identifiers(labelled))
    survives_kill(lab, tier, DATA + "/customers.csv", weir.identifiers(labelled))
    loop_on_stick(lab, tier, DATA + "/customers.csv", weir.identifiers(labelled))
    with_a_reason(lab, outside)
    pulled(lab)
    check_doctor(lab, tier)


def scenario(tier):
    with plugged(tier) as lab:
        run(lab, tier)


if __name__ == "__main__":
    weir.main(lambda: scenario(sys.argv[1]))
