#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tier 3 on this very machine: the node of a disk below a sink is not opened for writing, by whatever way, and everything else goes on:
reading, mounting by the old calls and the new, other disks. A loop device stands for the stick's disk, another over its
second half for the partition with the file system that the agent is told of."""

import contextlib
import ctypes
import errno
import os
import select
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402
from lab import attempt, check, shell, write  # noqa: E402

MIB = 1 << 20
FSOPEN, FSCONFIG = 430, 431
SET_STRING, CREATE = 1, 6
FAN_OPEN, FAN_MARK_ADD, FAN_CLOEXEC, FAN_NONBLOCK = 0x20, 1, 1, 2
AT_FDCWD = -100
AUDIT = """
apiVersion: weir/v1
kind: Policy
metadata: {name: nodes}
classes: {identity: {level: C2, detectors: [cn_resident_id]}}
rules:
  - {id: told, channel: [removable], content: {class: identity, distinct: ">=5"}, action: block, on_unscannable: audit}
"""
libc = ctypes.CDLL(None, use_errno=True)


def call(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Disks:
    """disk: a stick's; part: a file system on it, mounted at point; other: a disk of the machine's own."""

    def __init__(self, host):
        self.images = [os.path.join(host.root, name) for name in ("stick.img", "other.img")]
        self.point = os.path.join(host.root, "stick")
        os.mkdir(self.point)
        for image in self.images:
            call("truncate", "-s", "16M", image)
        call("mkfs.ext4", "-q", "-F", "-E", "offset=%d" % (8 * MIB), self.images[0], "8M")
        self.disk, self.other = (call("losetup", "-f", "--show", image) for image in self.images)
        self.part = call("losetup", "-f", "--show", "-o", "8M", self.disk)
        call("mount", self.part, self.point)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        weir.umount(self.point)
        for device in (self.part, self.disk, self.other):
            shell("losetup -d " + device)


@contextlib.contextmanager
def inside(host):
    """This process is one of those that are held."""
    def enter(folder):
        write(os.path.join(folder, "cgroup.procs"), "0")
    enter(host.cgroup)
    try:
        yield
    finally:
        enter(host.cgroups)


def opening(path, flags):
    return attempt(lambda: os.close(os.open(path, flags)))


def by_number(host, path):
    """A node of the same number by another name, elsewhere."""
    node = os.path.join(host.root, "node")
    os.mknod(node, 0o600 | 0o060000, os.stat(path).st_rdev)
    try:
        return opening(node, os.O_WRONLY)
    finally:
        os.unlink(node)


def by_descriptor(path):
    """What is only a place is opened for writing."""
    fd = os.open(path, os.O_PATH)
    try:
        return opening("/proc/self/fd/%d" % fd, os.O_RDWR)
    finally:
        os.close(fd)


def by_link(host, path):
    link = os.path.join(host.root, "link")
    os.symlink(path, link)
    try:
        return opening(link, os.O_WRONLY | os.O_DIRECT)
    finally:
        os.unlink(link)


def by_handle(path):
    """open_by_handle_at; ENOTSUP where the nodes' file system gives no handles."""
    handle = (ctypes.c_char * 136)(*(128).to_bytes(4, sys.byteorder))
    mount_id = ctypes.c_int()
    if libc.name_to_handle_at(AT_FDCWD, path.encode(), handle, ctypes.byref(mount_id), 0) < 0:
        return errno.ENOTSUP
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    fd = libc.open_by_handle_at(folder, handle, os.O_WRONLY)
    error = ctypes.get_errno() if fd < 0 else 0
    os.close(folder)
    if fd >= 0:
        os.close(fd)
    return error


def by_listening(path):
    """A listener of fanotify's that asks for descriptors to write by; somebody else reads the node. ENOTSUP: the kernel
    tells listeners of files and folders alone."""
    group = libc.fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK, os.O_RDWR)
    check(group >= 0, "fanotify_init: %d" % ctypes.get_errno())
    try:
        check(libc.fanotify_mark(group, FAN_MARK_ADD, ctypes.c_uint64(FAN_OPEN), AT_FDCWD, path.encode()) == 0, "fanotify_mark")
        reader = threading.Thread(target=lambda: os.close(os.open(path, os.O_RDONLY)))
        reader.start()
        reader.join()
        if not select.select([group], [], [], 2)[0]:
            return errno.ENOTSUP
        data = bytearray()
        error = attempt(lambda: data.extend(os.read(group, 4096)))
        fd = int.from_bytes(data[16:20], sys.byteorder, signed=True) if data else -1
        if fd >= 0:
            os.close(fd)
        return 0 if fd >= 0 else error or errno.EPERM
    finally:
        os.close(group)


def by_swap(path, on):
    """swapon, swapoff: EINVAL says that the node was opened and held no swap."""
    return ctypes.get_errno() if (libc.swapon(path.encode(), 0) if on else libc.swapoff(path.encode())) < 0 else 0


def by_io_uring(host, path):
    """The bypass suite's own: opened into a slot of a ring and written to."""
    source = os.path.join(host.elsewhere, "ring.csv")
    write(source, weir.customers(700, 12))
    result = shell("%s uring-open %s %s" % (os.path.join(weir.BUILD, "tests", "bypass"), source, path))
    return 0 if result.returncode == 0 else errno.EPERM


def check_event(event, disk):
    expected = {"channel": "removable", "action": "block", "cause": "opaque", "hook": "cgroup/dev", "tier": "observe",
                "activity": "open", "alert": True, "late": False}
    seen = {name: event.get(name) for name in expected}
    check(seen == expected, "event %s" % event)
    check(event["file"]["path"] == disk, "path %s" % event["file"])
    check(event["device"]["bus"] == "loop", "device %s" % event.get("device"))
    check(event["process"]["executable"] and event["process"]["uid"] == 0, "process %s" % event["process"])


def check_doctor(lab):
    removable = {channel["channel"]: channel for channel in lab.doctor()["channels"]}["removable"]
    hooks = {evidence["hook"]: evidence for evidence in removable["evidence"]}
    check("cgroup/dev" in hooks and hooks["cgroup/dev"]["denied"] and hooks["cgroup/dev"]["passed_clean"], "evidence %s" % hooks)
    check("node_commands" in removable["blind_spots"] and "raw_block_device" not in removable["blind_spots"] and
          "usbfs_mtp" not in removable["blind_spots"], "blind spots %s" % removable["blind_spots"])
    for language, words in (("en_US", "SCSI commands"), ("zh_CN", "SCSI 命令")):
        text = shell("LC_ALL=%s.UTF-8 %s doctor --socket %s" % (language, os.path.join(weir.BIN, "weir"),
                                                                lab.path("run", "control.sock"))).stdout
        check("cgroup/dev" in text and words in text, "doctor says: %s" % text)


def refused(lab, host, disks):
    ways = {
        "write": lambda: opening(disks.disk, os.O_WRONLY),
        "read and write": lambda: opening(disks.disk, os.O_RDWR | os.O_EXCL),
        "the volume's own": lambda: opening(disks.part, os.O_WRONLY),
        "by number": lambda: by_number(host, disks.disk),
        "by descriptor": lambda: by_descriptor(disks.disk),
        "by link": lambda: by_link(host, disks.disk),
        "by handle": lambda: by_handle(disks.disk),
        "by listening": lambda: by_listening(disks.disk),
        "swap": lambda: by_swap(disks.disk, True),
        "io_uring": lambda: by_io_uring(host, disks.disk),
    }
    for name, way in ways.items():
        error = way()
        check(error == errno.EPERM or (name in ("by handle", "by listening") and error == errno.ENOTSUP), "%s: %s" % (name, os.strerror(error)))
        print("refused, %s: %s" % (name, os.strerror(error)))
    result = host.in_cgroup("exec dd if=/dev/zero of=%s bs=4096 count=1 conv=notrunc" % disks.disk)
    check(result.returncode != 0 and "not permitted" in result.stdout, "dd: %s" % result.stdout)
    event = weir.wait_for(lambda: lab.matching(path=disks.disk, process="dd"), 60, "an event of dd")
    check(len(event) == 1, "%d events for one opening" % len(event))
    check_event(event[0], disks.disk)
    told = [entry for entry in lab.weir("explain")["refusals"] if entry["target"] == disks.disk]
    check(told, "nothing is explained: %s" % lab.weir("explain"))
    check(lab.matching(path=disks.part), "no event of the volume's own node")


def new_mount(device):
    """The calls of newer mounts, up to where the disk is opened."""
    fs = libc.syscall(FSOPEN, b"ext4", 0)
    check(fs >= 0, "fsopen: %d" % ctypes.get_errno())
    check(libc.syscall(FSCONFIG, fs, SET_STRING, b"source", device.encode(), 0) == 0, "source")
    failed = libc.syscall(FSCONFIG, fs, CREATE, None, None, 0)
    check(failed == 0, "fsconfig: %s" % os.strerror(ctypes.get_errno()))
    os.close(fs)


def goes_on(host, disks):
    for device in (disks.disk, disks.part):
        check(opening(device, os.O_RDONLY) == 0, "reading %s" % device)
        check(os.access(device, os.W_OK), "asking of %s" % device)
    check(host.in_cgroup("dd if=%s of=/dev/null bs=1M count=1 status=none" % disks.disk).returncode == 0, "dd from the disk")
    write(os.path.join(disks.point, "harmless"), "nothing\n")
    weir.umount(disks.point)
    new_mount(disks.part)
    check(by_swap(disks.disk, False) == errno.EINVAL, "an end of swap")
    check(by_swap(disks.other, True) == errno.EINVAL, "swap on a disk that is no sink")
    result = host.in_cgroup("mount %s %s" % (disks.part, disks.point))
    check(result.returncode == 0, "mount: %s" % result.stdout)
    check(os.path.exists(os.path.join(disks.point, "harmless")), "what was written is not there")
    check(opening(disks.other, os.O_RDWR) == 0, "a disk that is no sink")
    check(host.in_cgroup("mkfs.ext4 -q -F %s" % disks.other).returncode == 0, "a file system on a disk that is no sink")


def run(lab, host, disks):
    """As long as a sink is mounted from it, and the agent's death changes nothing."""
    lab.start_all()
    check_doctor(lab)
    with inside(host):
        refused(lab, host, disks)
        count = len(lab.matching(hook="cgroup/dev"))
        goes_on(host, disks)
        weir.wait_for(lambda: opening(disks.disk, os.O_WRONLY) == errno.EPERM, 60, "the mounted disk")
        lab.kill("agent")
        check(opening(disks.disk, os.O_WRONLY) == errno.EPERM, "open while the agent is dead")
    lab.start_agent()
    check(not [event for event in lab.matching(hook="cgroup/dev")[count:] if event["file"]["path"] == disks.other], "a disk of ours")
    check_unmounted(host, disks)


def check_unmounted(host, disks):
    """It stays one while somebody may be left on it: until something else of a disk is mounted."""
    mounted = os.path.join(host.root, "mounted")
    weir.umount(disks.point)
    with inside(host):
        check(opening(disks.disk, os.O_WRONLY) == errno.EPERM, "the disk at once")
    os.makedirs(mounted, exist_ok=True)
    call("mount", disks.other, mounted)
    try:
        with inside(host):
            weir.wait_for(lambda: opening(disks.disk, os.O_WRONLY) == 0, 60, "a disk that nothing is mounted from")
    finally:
        weir.umount(mounted)
    call("mount", disks.part, disks.point)


def run_audited(lab, host, disks):
    """Where it is only told, it goes through and is told once."""
    lab.start_all()
    with inside(host):
        check(opening(disks.disk, os.O_WRONLY) == 0, "what is only told was refused")
    event = lab.event(path=disks.disk, hook="cgroup/dev")
    check(event["action"] == "audit" and event["cause"] == "opaque", "event %s" % event)


def scenario():
    with Host() as host, Disks(host) as disks:
        removable = [host.volume, disks.point]
        with host.lab(3, removable=removable) as lab:
            run(lab, host, disks)
        policy = os.path.join(host.root, "audit.yaml")
        write(policy, AUDIT)
        with host.lab(3, removable=removable, policy=policy) as lab:
            run_audited(lab, host, disks)


if __name__ == "__main__":
    if not os.path.exists("/dev/loop-control") or not shutil.which("losetup"):
        print("no loop devices here")
        sys.exit(77)
    in_own_mounts(__file__)
    weir.main(scenario)
