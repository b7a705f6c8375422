# SPDX-License-Identifier: Apache-2.0
"""In a guest with two sticks, on a kernel that takes no program which reads content (5.10): files are tier 3's, rules for devices
are held by the kernel, and nothing else is claimed. The host reads stick 0's image afterwards (stick_image.py)."""

import errno
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from lab import WAYS, attempt, check, shell, umount, write  # noqa: E402

STICK, READING = "/media/stick", "/media/reading"
DATA, ELSEWHERE = "/srv/data", "/opt/elsewhere"
POLICY = """
apiVersion: weir/v1
kind: Policy
metadata: {name: oldest}
classes: {identity: {level: C2, detectors: [cn_resident_id]}}
devices:
  - {id: reading, vendor: "46f?", serial: "STICK1", action: read-only, message: {en: "read-only"}}
rules:
  - {id: bulk, channel: [removable, share], content: {class: identity, distinct: ">=5"}, action: block, on_unscannable: block,
     on_failure: closed}
"""
HELD = ("fmod_ret/security_file_open", "fmod_ret/security_inode", "fmod_ret/security_sb_set_mnt_opts",
        "fmod_ret/security_mmap_file", "fmod_ret/security_file_mprotect")


def check_doctor(lab):
    channels = {channel["channel"]: channel for channel in lab.doctor()["channels"]}
    for name, state in (("removable", "observed"), ("share", "observed"), ("network", "blind"), ("file", "observed")):
        check(channels[name]["state"] == state, "%s is %s" % (name, channels[name]["state"]))
    removable, network = channels["removable"], channels["network"]
    check(removable["tier"] == 3, "removable is on tier %s" % removable["tier"])
    check("no_network_programs" in network["blind_spots"], "network: %s" % network["blind_spots"])
    for channel in (removable, network):
        check("kernel_5_17" in channel["raise"] and "lsm_bpf" not in channel["raise"], "to raise it: %s" % channel["raise"])
    for spot in ("unlabelled_until_close", "node_commands", "agent_dead", "older_mappings"):
        check(spot in removable["blind_spots"], "%s is no blind spot: %s" % (spot, removable["blind_spots"]))
    for spot in ("raw_block_device", "usbfs_mtp", "read_only_names", "blocked_mounts", "mmap_stores"):
        check(spot not in removable["blind_spots"], "%s is a blind spot: %s" % (spot, removable["evidence"]))
    evidence = {seen["hook"]: seen for seen in removable["evidence"]}
    for hook in HELD + ("fanotify/open", "cgroup/dev"):
        check(hook in evidence and evidence[hook]["denied"] and evidence[hook]["passed_clean"], "%s: %s" % (hook, list(evidence)))
    refused = {seen["hook"]: seen for seen in network["evidence"]}
    check(not any(seen["denied"] for seen in refused.values()), "network: %s" % refused)
    check(not any(seen["denied"] for hook, seen in evidence.items() if "file_permission" in hook), "files: %s" % evidence)


def plug(lab, number, point):
    disk = shell("usb plug %d" % number).stdout.strip().splitlines()[-1]
    os.makedirs(point, exist_ok=True)
    subprocess.run(["mount", disk + "1", point], check=True)
    weir.wait_for(lambda: [v for v in lab.status()["volumes"] if v["mount_point"] == point], 60, point)
    return disk


def labelled_copies(lab, source, identifiers):
    for process, way in WAYS.items():
        target = "%s/labelled-%s.csv" % (STICK, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode != 0 and "not permitted" in result.stdout, "%s of the labelled file: %s" % (process, result.stdout))
        event = lab.event(path=target, action="block")
        check(event["alert"] and event["tier"] == "observe" and event["hook"] == "fanotify/open" and event["cause"] == "label",
              "event %s" % event)
        check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])


def unlabelled_copies(lab, source, identifiers):
    for process, way in WAYS.items():
        target = "%s/unlabelled-%s.csv" % (STICK, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode == 0, "%s: %s" % (process, result.stdout))
        event = lab.event(path=target)
        check(event["alert"] and event["action"] == "block" and event["late"] and event["hook"] == "fanotify/close" and
              event["tier"] == "observe", "event %s" % event)
        check(event["scrubbed_bytes"] == os.path.getsize(source) and os.path.getsize(target) == 0, "%s is still there" % target)
        check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])


def clean_copies(lab, source):
    for process, way in WAYS.items():
        target = "%s/clean-%s.csv" % (STICK, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode == 0, "%s of the clean file: %s" % (process, result.stdout))
        event = lab.event(path=target)
        check(not event["alert"] and event["action"] in ("allow", "audit"), "event %s" % event)
        check(open(source).read() == open(target).read(), "%s changed the clean file" % process)


def refused(action, what):
    result = attempt(action)
    check(result == errno.EACCES, "%s: %s" % (what, errno.errorcode.get(result, result)))


def raw_nodes(lab, disk):
    """What is written past the files has nobody who looks at it: the disk and its partition are not opened for that."""
    for node in (disk, disk + "1"):
        result = attempt(lambda node=node: os.close(os.open(node, os.O_WRONLY)))
        check(result == errno.EPERM, "%s: %s" % (node, errno.errorcode.get(result, result)))
        check(attempt(lambda node=node: os.close(os.open(node, os.O_RDONLY))) == 0, "reading " + node)
        event = lab.event(path=node, hook="cgroup/dev")
        check(event["action"] == "block" and event["cause"] == "opaque" and event["tier"] == "observe" and event["alert"] and
              event["device"]["serial_number"] == "STICK0", "event %s" % event)


def reading_only(lab):
    """Held by the kernel, also while the agent is dead."""
    old, new = READING + "/old.csv", READING + "/new.csv"
    ways = {"writing": lambda: open(old, "r+b").close(), "creating": lambda: open(new, "w").close(),
            "a folder": lambda: os.mkdir(READING + "/folder"), "removing": lambda: os.unlink(old),
            "renaming": lambda: os.rename(old, new), "truncating": lambda: os.truncate(old, 1)}
    for what, way in ways.items():
        refused(way, what)
    event = lab.event(path=old, action="block", hook="fmod_ret/security_file_open")
    check(event["tier"] == "fmod_ret" and event["cause"] == "device" and event["rule"] == "reading", "event %s" % event)
    check(open(old).read() == "nobody's\n", "reading")
    # The agent takes two records with one number for one.
    weir.wait_for(lambda: len(lab.matching(action="block", cause="device")) == len(ways), 60, "an event of each refusal")
    lab.kill("agent")
    for what, way in ways.items():
        refused(way, what + " without an agent")
    lab.start_agent()


def run(lab):
    disk = shell("usb plug 1").stdout.strip().splitlines()[-1]
    os.makedirs(READING)
    subprocess.run(["mount", disk + "1", READING], check=True)
    write(READING + "/old.csv", "nobody's\n")
    umount(READING)
    shell("usb unplug 1")
    lab.start_all()
    check_doctor(lab)
    raw_nodes(lab, plug(lab, 0, STICK))
    labelled, unlabelled, clean = weir.customers(0, 20), weir.customers(20, 20), weir.customers(40, 20, valid=False)
    write(DATA + "/customers.csv", labelled)
    lab.event(path=DATA + "/customers.csv")
    write(ELSEWHERE + "/customers.csv", unlabelled)
    write(ELSEWHERE + "/clean.csv", clean)
    labelled_copies(lab, DATA + "/customers.csv", weir.identifiers(labelled))
    unlabelled_copies(lab, ELSEWHERE + "/customers.csv", weir.identifiers(unlabelled))
    clean_copies(lab, ELSEWHERE + "/clean.csv")
    plug(lab, 1, READING)
    reading_only(lab)
    check_doctor(lab)


def scenario():
    for path in (DATA, ELSEWHERE):
        os.makedirs(path, exist_ok=True)
    write("/srv/policy.yaml", POLICY)
    try:
        with weir.Lab("/srv/lab", pin_dir="/sys/fs/bpf/weir", watch=[DATA], policy="/srv/policy.yaml") as lab:
            run(lab)
    finally:
        for point in (STICK, READING):
            subprocess.run(["umount", point], check=False, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    weir.main(scenario)
