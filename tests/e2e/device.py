# SPDX-License-Identifier: Apache-2.0
"""In a guest with three sticks: rules for USB devices, on kernel tier 1 or 2.

device.py TIER: lsm or fmod_ret, what this guest must settle on. Stick 0 is held by content, stick 1 (ext4) is read-only, any other
is blocked."""

import ctypes
import errno
import fcntl
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from lab import attempt, check, shell, umount, wait_for, write  # noqa: E402

POLICY = """
apiVersion: weir/v1
kind: Policy
metadata: {name: devices}
classes: {identity: {level: C2, detectors: [cn_resident_id]}}
groups:
  own: {usb: [{vendor: "46f4", serial: "STICK0"}]}
devices:
  - {id: own-sticks, group: own, action: content}
  - {id: reading, vendor: "46f?", serial: "STICK1", encrypted: no, action: read-only, message: {en: "read-only"}}
  - {id: other-sticks, class: [mass-storage, imaging], action: block, message: {en: "not ours", zh: "禁用"}}
rules:
  - {id: bulk, channel: [removable, share], content: {class: identity, distinct: ">=5"}, action: block, on_unscannable: block,
     on_failure: closed}
"""
HOOK = {"lsm": "lsm/", "fmod_ret": "fmod_ret/security_"}
SG_IO, BLKDISCARD, USBDEVFS_CLAIM = 0x2285, 0x1277, 0x8004550f
libc = ctypes.CDLL(None, use_errno=True)


def refused(action, what):
    result = attempt(action)
    check(result == errno.EACCES, "%s: %s" % (what, errno.errorcode.get(result, result)))


def passes(action, what):
    result = attempt(action)
    check(result == 0, "%s: %s" % (what, errno.errorcode.get(result, result)))


def plug(number):
    result = shell("usb plug %d" % number)
    check(result.returncode == 0 and result.stdout.strip(), "stick %d cannot be plugged: %s" % (number, result.stdout))
    return result.stdout.strip().splitlines()[-1]


def unplug(number):
    check(shell("usb unplug %d" % number).returncode == 0, "stick %d cannot be pulled" % number)


def mount(device, point, options="", kind=None):
    os.makedirs(point, exist_ok=True)
    result = libc.mount(device.encode(), point.encode(), (kind or "ext4").encode(), 0, options.encode())
    if result < 0:
        raise OSError(ctypes.get_errno(), "mount")


def opened(path, flags):
    os.close(os.open(path, flags))


def put(path, data):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(fd, data, 8192)  # behind a table of partitions
        os.fsync(fd)
    finally:
        os.close(fd)


class ScsiCommand(ctypes.Structure):
    _fields_ = [("interface_id", ctypes.c_int), ("direction", ctypes.c_int), ("cmd_len", ctypes.c_ubyte),
                ("mx_sb_len", ctypes.c_ubyte), ("iovec_count", ctypes.c_ushort), ("dxfer_len", ctypes.c_uint),
                ("dxferp", ctypes.c_void_p), ("cmdp", ctypes.c_void_p), ("sbp", ctypes.c_void_p), ("timeout", ctypes.c_uint),
                ("flags", ctypes.c_uint), ("pack_id", ctypes.c_int), ("usr_ptr", ctypes.c_void_p), ("rest", ctypes.c_byte * 24)]


def scsi(path, command, data, outward, flags):
    """One SCSI command by SG_IO."""
    cdb = ctypes.create_string_buffer(command, len(command))
    buffer = ctypes.create_string_buffer(data, len(data))
    head = ScsiCommand(interface_id=ord("S"), direction=-2 if outward else -3, cmd_len=len(command), dxfer_len=len(data),
                       dxferp=ctypes.addressof(buffer), cmdp=ctypes.addressof(cdb), timeout=20000)
    fd = os.open(path, flags)
    try:
        if libc.ioctl(fd, ctypes.c_ulong(SG_IO), ctypes.byref(head)) < 0:
            raise OSError(ctypes.get_errno(), "SG_IO")
    finally:
        os.close(fd)


def discard(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, BLKDISCARD, bytes(16))
    finally:
        os.close(fd)


def usb_node(number):
    """usbfs and SCSI generic nodes of a stick."""
    base = None
    for name in os.listdir("/sys/bus/usb/devices"):
        serial = "/sys/bus/usb/devices/%s/serial" % name
        if os.path.exists(serial) and open(serial).read().strip() == "STICK%d" % number:
            base = os.path.realpath("/sys/bus/usb/devices/" + name)
    check(base, "no USB device of stick %d" % number)
    bus, device = (int(open("%s/%s" % (base, name)).read()) for name in ("busnum", "devnum"))
    generic = [name for name in os.listdir("/sys/class/scsi_generic")
               if os.path.realpath("/sys/class/scsi_generic/" + name).startswith(base + "/")]
    return "/dev/bus/usb/%03d/%03d" % (bus, device), "/dev/" + generic[0] if generic else None


def nodes(lab):
    return {node["name"]: node for node in lab.status()["devices"]}


def settled(lab, disk, rule):
    """The agent has taken a stick's nodes in."""
    name = disk[len("/dev/"):]
    return wait_for(lambda: nodes(lab).get(name, {}).get("rule") == rule, 60, "%s under %s" % (name, rule))


def check_event(event, tier, rule, serial, hook):
    check(event["alert"] and event["action"] == "block" and event["cause"] == "device", "event %s" % event)
    check(event["rule"] == rule, "rule %s" % event["rule"])
    device = event["device"]
    check((device["bus"], device["vendor_id"], device["product_id"], device["serial_number"]) == ("usb", "46f4", "0001", serial),
          "device %s" % device)
    check(device["vendor"] == "QEMU" and device["product"], "device %s" % device)
    check(event["hook"] == HOOK[tier] + hook, "hook %s" % event["hook"])
    check(event["process"]["name"].startswith("python3"), "process %s" % event["process"])


def prepare():
    """What lies on stick 1 before the agent starts."""
    disk = plug(1)
    mount(disk + "1", "/media/reader")
    os.makedirs("/media/reader/folder")
    write("/media/reader/old", "what was there\n")
    umount("/media/reader")
    unplug(1)


def read_only(lab, tier, disk):
    point = "/media/reader"
    mount(disk + "1", point)
    check(open(point + "/old").read() == "what was there\n", "reading")
    check(sorted(os.listdir(point)) == ["folder", "lost+found", "old"], "listing")
    before = os.stat(point + "/old")
    ways = {
        "opening for writing": lambda: opened(point + "/old", os.O_WRONLY),
        "appending": lambda: opened(point + "/old", os.O_WRONLY | os.O_APPEND),
        "creating": lambda: opened(point + "/new", os.O_WRONLY | os.O_CREAT),
        "an unnamed file": lambda: opened(point, os.O_TMPFILE | os.O_WRONLY),
        "truncating": lambda: os.truncate(point + "/old", 0),
        "mkdir": lambda: os.mkdir(point + "/made"),
        "rmdir": lambda: os.rmdir(point + "/folder"),
        "unlink": lambda: os.unlink(point + "/old"),
        "rename": lambda: os.rename(point + "/old", point + "/older"),
        "link": lambda: os.link(point + "/old", point + "/linked"),
        "symlink": lambda: os.symlink("any text at all", point + "/pointer"),
        "mknod": lambda: os.mknod(point + "/pipe", 0o600 | 0o010000),
        "chmod": lambda: os.chmod(point + "/old", 0o777),
        "chown": lambda: os.chown(point + "/old", 1, 1),
        "utimes": lambda: os.utime(point + "/old", (1, 1)),
        "setxattr": lambda: os.setxattr(point + "/old", "user.x", b"any text at all"),
        "removexattr": lambda: os.removexattr(point + "/old", "user.x"),
    }
    for what, way in ways.items():
        refused(way, "%s on a read-only stick" % what)
    # The mount flag is not what holds it.
    check(libc.mount(None, point.encode(), None, 32, None) == 0, "remount")
    refused(lambda: opened(point + "/old", os.O_WRONLY), "opening after a remount")
    refused(lambda: put(disk, b"x" * 512), "the disk")
    refused(lambda: put(disk + "1", b"x" * 512), "the partition")
    refused(lambda: discard(disk + "1"), "discarding")
    passes(lambda: opened(disk + "1", os.O_RDONLY), "reading the partition")
    after = os.stat(point + "/old")
    check((before.st_mode, before.st_uid, before.st_size, before.st_mtime_ns) ==
          (after.st_mode, after.st_uid, after.st_size, after.st_mtime_ns), "the file was altered")
    umount(point)
    event = lab.event(path="/media/reader/made", action="block")
    check_event(event, tier, "reading", "STICK1", "inode")
    check(event["activity"] == "change" and event["message_en"] == "read-only", "event %s" % event)
    for path in ("/media/reader/old", disk):
        events = wait_for(lambda path=path: lab.matching(path=path, activity="open", action="block"), 60, "an event of opening " + path)
        check_event(events[0], tier, "reading", "STICK1", "file_open")


def blocked(lab, tier, disk, serial="STICK2"):
    refused(lambda: mount(disk + "1", "/media/other", kind="vfat"), "mounting a blocked stick")
    refused(lambda: mount(disk + "1", "/media/other", kind="vfat"), "mounting it again")
    refused(lambda: opened(disk, os.O_RDONLY), "reading a blocked disk")
    refused(lambda: opened(disk + "1", os.O_WRONLY), "writing to a blocked partition")
    events = wait_for(lambda: [event for event in lab.matching(activity="mount", rule="other-sticks")
                               if event["device"]["serial_number"] == serial], 60, "an event of the mount of " + serial)
    check_event(events[0], tier, "other-sticks", serial, "sb_set_mnt_opts")
    check(events[0]["message_en"] == "not ours" and events[0]["file"]["path"] == disk + "1", "event %s" % events[0])


def formats(lab, disk):
    """What people do to a stick as a whole."""
    check(shell("dd if=/dev/zero of=%s bs=1M count=4 conv=fsync" % disk).returncode == 0, "dd of zeros")
    check(shell("echo 'start=2048, type=c' | sfdisk -q %s" % disk).returncode == 0, "sfdisk")
    wait_for(lambda: os.path.exists(disk + "1"), 60, "the new partition")
    shell("udevadm settle")
    settled(lab, disk + "1", "own-sticks")
    result = shell("mkfs.vfat -n STICK %s1" % disk)
    check(result.returncode == 0, "mkfs: %s" % result.stdout)


def stacked(disk, clean, dirty):
    """A loop device and a device-mapper over the partition, whether the agent has seen them or not."""
    loop = shell("losetup --find --show %s1" % disk).stdout.strip()
    check(loop.startswith("/dev/loop"), "losetup: %s" % loop)
    passes(lambda: put(loop, clean), "nobody to a loop device over it")
    refused(lambda: put(loop, dirty), "customers to a loop device over it")
    check(shell("losetup -d %s" % loop).returncode == 0, "losetup -d")
    size = int(open("/sys/class/block/%s1/size" % os.path.basename(disk)).read())
    made = shell("dmsetup create stacked --table '0 %d linear %s1 0' && udevadm settle" % (size, disk))
    if made.returncode != 0:
        print("no device-mapper here: %s" % made.stdout)
        return
    passes(lambda: put("/dev/mapper/stacked", clean), "nobody to device-mapper over it")
    refused(lambda: put("/dev/mapper/stacked", dirty), "customers to device-mapper over it")
    check(shell("dmsetup remove --retry stacked").returncode == 0, "dmsetup remove")


def raw(lab, tier, disk):
    """Block devices of a stick whose content decides. A node that was refused something stays closed until the stick is pulled."""
    dirty = weir.customers(0, 20).encode().ljust(4096)
    clean = weir.customers(0, 20, valid=False).encode().ljust(4096)
    formats(lab, disk)
    stacked(disk, clean, dirty)
    for node in (disk + "1", disk):
        passes(lambda node=node: put(node, clean), "nobody to %s" % node)
        refused(lambda node=node: put(node, dirty), "customers to %s" % node)
        event = wait_for(lambda node=node: lab.matching(path=node, cause="content", action="block"), 60, "an event of " + node)[0]
        check(event["rule"] == "bulk" and event["device"]["serial_number"] == "STICK0", "event %s" % event)
        refused(lambda node=node: put(node, clean), "what follows on %s" % node)
    unplug(0)
    disk = plug(0)
    settled(lab, disk, "own-sticks")
    formats(lab, disk)
    return disk


def past_files(lab, tier, disk):
    """Commands and nodes that reach the stick past its files."""
    usbfs, generic = usb_node(0)
    inquiry, write10 = bytes([0x12, 0, 0, 0, 36, 0]), bytes([0x2a, 0, 0, 0, 0, 100, 0, 0, 1, 0])
    passes(lambda: scsi(disk, inquiry, bytes(36), False, os.O_RDONLY), "asking a disk what it is")
    refused(lambda: scsi(disk, write10, b"x" * 512, True, os.O_RDONLY), "SG_IO that writes")
    refused(lambda: scsi(disk, write10, b"x" * 512, True, os.O_RDWR), "SG_IO that writes, opened for it")
    refused(lambda: opened(usbfs, os.O_RDWR), "usbfs")
    passes(lambda: opened(usbfs, os.O_RDONLY), "usbfs for reading")
    if generic:
        refused(lambda: opened(generic, os.O_RDWR), "SCSI generic")
        refused(lambda: scsi(generic, write10, b"x" * 512, True, os.O_RDONLY), "SCSI generic that writes")
    else:
        print("no SCSI generic here")
    events = wait_for(lambda: lab.matching(path=usbfs, action="block"), 60, "an event of usbfs")
    check(events[0]["cause"] == "device" and events[0]["device"]["serial_number"] == "STICK0", "event %s" % events[0])
    hubs = [node for node in lab.status()["devices"] if node["interfaces"] == ["hub"]]
    check(hubs, "no hub among the devices")
    passes(lambda: opened("/dev/" + hubs[0]["name"], os.O_RDWR), "a hub's usbfs node")


def swap(lab, disk):
    """udev reads the table of partitions anew when somebody closes a disk that was open for writing: the partitions go and come back."""
    shell("udevadm settle")
    settled(lab, disk + "1", "own-sticks")
    result = shell("mkswap %s1" % disk)
    check(result.returncode == 0, "mkswap: %s" % result.stdout)
    check(libc.swapon((disk + "1").encode(), 0) < 0 and ctypes.get_errno() == errno.EACCES, "swapon: %d" % ctypes.get_errno())
    result = shell("mkfs.vfat -n STICK %s1" % disk)
    check(result.returncode == 0, "mkfs after mkswap: %s" % result.stdout)


def by_content(disk):
    """Files on stick 0 are held by their content."""
    point = "/media/own"
    mount(disk + "1", point, kind="vfat")
    write(point + "/clean", weir.customers(0, 20, valid=False))
    os.mkdir(point + "/folder")
    os.rename(point + "/clean", point + "/folder/clean")
    refused(lambda: write_all(point + "/dirty", weir.customers(0, 20).encode()), "customers to the stick")
    umount(point)


def write_all(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def stacked_file():
    """A loop device over a local file is no sink once the agent has seen it; FUSE and shares are not tried here."""
    shell("truncate -s 16M /tmp/image")
    loop = shell("losetup --find --show /tmp/image").stdout.strip()
    dirty = weir.customers(0, 20).encode().ljust(4096)
    wait_for(lambda: attempt(lambda: put(loop, dirty)) == 0, 60, "a local loop device is let be")
    shell("losetup -d %s" % loop)


def plug_blocked(lab, number, serial):
    """udev may not read it either, so it has no names beside the kernel's."""
    qmp = {"execute": "device_add", "arguments": {"driver": "usb-storage", "bus": "xhci.0", "drive": "stick%d" % number,
                                                  "id": "u%d" % number, "removable": True, "serial": serial}}
    check(shell("qmp '%s'" % json.dumps(qmp)).returncode == 0, "plugging " + serial)
    name = wait_for(lambda: [n["name"] for n in lab.status()["devices"] if n["serial_number"] == serial and
                             n["name"].startswith("sd") and not n["name"][-1].isdigit()], 60, serial)[0]
    wait_for(lambda: os.path.exists("/dev/%s1" % name), 60, "its partition")
    settled(lab, "/dev/%s1" % name, "other-sticks")
    return "/dev/" + name


def changes_identity(lab, tier):
    """The same slot, the same device number, another serial: what the first was allowed does not hold for the second."""
    unplug(0)
    disk = plug_blocked(lab, 0, "STRANGER")
    name = os.path.basename(disk)
    blocked(lab, tier, disk, "STRANGER")
    check(shell("qmp '%s'" % json.dumps({"execute": "device_del", "arguments": {"id": "u0"}})).returncode == 0, "pulling it")
    wait_for(lambda: not os.path.exists("/dev/" + name), 60, "the stranger's end")
    return name


def while_agent_is_down(lab, old):
    """Whatever is plugged then gets the strictest that the rules could say, also where the number was an allowed stick's."""
    disk = plug(0)
    settled(lab, disk, "own-sticks")
    unplug(0)
    lab.kill("agent")
    disk = plug(0)
    passes(lambda: mount(disk + "1", "/media/own", kind="vfat"), "mounting what nobody has classified")
    refused(lambda: write_all("/media/own/any", b"text"), "writing while the agent is down")
    refused(lambda: os.listdir("/media/own"), "listing while the agent is down")
    lab.start_agent()
    settled(lab, disk, "own-sticks")
    passes(lambda: write_all("/media/own/any", b"text"), "writing when it is back")
    os.listdir("/media/own")
    umount("/media/own")
    unplug(0)
    check("/dev/" + old == disk, "the kernel gave another number: %s, %s" % (old, disk))


def at_any_moment(lab, tier):
    """Two sticks in turns, pulled while mounted; none ever gets what holds for the other."""
    for _ in range(3):
        own, reader = plug(0), plug(1)
        settled(lab, own + "1", "own-sticks")
        settled(lab, reader + "1", "reading")
        mount(own + "1", "/media/own", kind="vfat")
        mount(reader + "1", "/media/reader")
        passes(lambda: write_all("/media/own/turn", b"text"), "writing to the own stick")
        refused(lambda: write_all("/media/reader/turn", b"text"), "writing to the other")
        unplug(0)
        shell("umount -l /media/own")
        unplug(1)
        shell("umount -l /media/reader")
        wait_for(lambda: not any(n["serial_number"].startswith("STICK") for n in lab.status()["devices"]), 60, "all pulled")


def run():
    tier = sys.argv[1]
    prepare()
    policy = "/tmp/devices.yaml"
    write(policy, POLICY)
    lab = weir.Lab("/tmp/lab", policy=policy, pin_dir="/sys/fs/bpf/weir")
    try:
        lab.start_all()
        evidence = {e["hook"]: e for c in lab.doctor()["channels"] if c["channel"] == "removable" for e in c["evidence"]}
        for hook in ("inode", "sb_set_mnt_opts"):
            held = evidence.get(HOOK[tier] + hook)
            check(held and held["denied"] and held["passed_clean"], "evidence of %s: %s" % (hook, held))
        own, reader, other = plug(0), plug(1), plug_blocked(lab, 2, "STICK2")
        for disk, rule in ((own, "own-sticks"), (reader, "reading"), (other, "other-sticks")):
            settled(lab, disk + "1", rule)
        read_only(lab, tier, reader)
        blocked(lab, tier, other)
        by_content(own)
        own = raw(lab, tier, own)
        past_files(lab, tier, own)
        swap(lab, own)
        stacked_file()
        unplug(1)
        unplug(2)
        name = changes_identity(lab, tier)
        while_agent_is_down(lab, name)
        at_any_moment(lab, tier)
    except Exception as error:
        print("FAILED: %s" % error)
        lab.logs()
        if "agent" in lab.processes:
            print(json.dumps(lab.status().get("devices"), indent=1))
        raise
    finally:
        lab.stop()


if __name__ == "__main__":
    weir.main(run)
