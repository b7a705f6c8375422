#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tiers 3 and 4 on this very machine: a loop-mounted volume named as a sink, fanotify for files, on tier 3 cgroup programs for
the network."""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
import warned  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402
from lab import WAYS, check, shell, write  # noqa: E402


def check_doctor(lab, tier):
    report = lab.doctor()
    channels = {channel["channel"]: channel for channel in report["channels"]}
    expected = {"file": "observed", "removable": "observed", "network": "enforced" if tier == 3 else "blind",
                "at_rest": "blind"}
    for name, state in expected.items():
        check(channels[name]["state"] == state, "%s is %s" % (name, channels[name]["state"]))
        check(channels[name]["blind_spots"], "%s names no blind spot" % name)
        if state != "blind":
            check(channels[name]["tier"] == tier, "%s is on tier %s" % (name, channels[name]["tier"]))
    for name, hook in (("removable", "fanotify/open"), ("network", "cgroup/egress"))[:1 if tier == 4 else 2]:
        hooks = {evidence["hook"]: evidence for evidence in channels[name]["evidence"]}
        check(hook in hooks and hooks[hook]["denied"] and hooks[hook]["passed_clean"], "%s: evidence %s" % (name, hooks))
    check(channels["removable"]["raise"], "nothing is said to raise removable")


def labelled_copies(lab, host, source, identifiers):
    for process, way in WAYS.items():
        target = "%s/labelled-%s.csv" % (host.volume, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode != 0, "%s of the labelled file went through" % process)
        check("not permitted" in result.stdout, "%s says: %s" % (process, result.stdout))
        event = lab.event(path=target, action="block")
        check(event["alert"] and event["tier"] == "observe" and event["hook"] == "fanotify/open" and not event["late"] and
              event["cause"] == "label", "event %s" % event)
        check(event["process"]["name"] == process, "process %s" % event["process"])
        check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])
    check(not host.on_medium(identifiers), "labelled data is on the medium")


def unlabelled_copies(lab, host, source, identifiers):
    size = os.path.getsize(source)
    for process, way in WAYS.items():
        target = "%s/unlabelled-%s.csv" % (host.volume, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode == 0, "%s: %s" % (process, result.stdout))
        event = lab.event(path=target)
        check(event["alert"] and event["action"] == "block" and event["late"] and event["hook"] == "fanotify/close" and
              event["cause"] == "content" and event["tier"] == "observe", "event %s" % event)
        check(event["scrubbed_bytes"] == size, "%s of %d bytes overwritten" % (event["scrubbed_bytes"], size))
        check(os.path.getsize(target) == 0, "%s is still there" % target)
        check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])
    check(not host.on_medium(identifiers), "unlabelled data stayed on the medium")


def quarantine(lab, *arguments, user=None):
    command = [os.path.join(weir.BIN, "weir"), "quarantine", *arguments, "--socket", lab.path("run", "control.sock")]
    if user:
        command = ["setpriv", "--reuid=" + user, "--clear-groups"] + command
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def moved_and_back(lab, host, text, identifiers):
    """What was moved to the volume, and not copied, is taken from there and is not lost."""
    source, target = host.elsewhere + "/moved.csv", host.volume + "/moved.csv"
    write(source, text)
    os.chmod(source, 0o640)
    check(shell("mv %s %s" % (source, target)).returncode == 0, "mv went wrong")
    event = lab.event(path=target)
    check(event["action"] == "block" and event["late"], "event %s" % event)
    check(os.path.getsize(target) == 0 and not host.on_medium(identifiers), "%s is still there" % target)
    kept = event["quarantine_id"]
    check(quarantine(lab, "ls", user="65534").returncode == 1, "anybody may look into the quarantine")
    rows = quarantine(lab, "ls", "--format", "json").stdout
    check([e["path"] for e in json.loads(rows)["entries"] if e["id"] == kept] == [target], "quarantine ls: %s" % rows)
    for root, _, names in os.walk(lab.path("state")):
        for name in names:
            data = open(os.path.join(root, name), "rb").read()
            check(not any(i.encode() in data for i in identifiers), "%s holds identifiers in clear" % name)
    result = quarantine(lab, "restore", kept, "--to", source)
    check(result.returncode == 0, "restore: %s" % result.stderr)
    check(open(source).read() == text and os.stat(source).st_mode & 0o777 == 0o640, "what came back is not what went")
    result = quarantine(lab, "restore", kept, "--to", source + "2")
    check(result.returncode == 1 and "no such entry" in result.stderr, "restored twice: %s" % result.stderr)
    os.unlink(source)


def clean_copies(lab, host, source):
    for process, way in WAYS.items():
        target = "%s/clean-%s.csv" % (host.volume, process)
        result = shell(way.format(source=source, target=target))
        check(result.returncode == 0, "%s of the clean file: %s" % (process, result.stdout))
        event = lab.event(path=target)
        check(not event["alert"] and event["action"] in ("allow", "audit"), "event %s" % event)
        check(open(source).read() == open(target).read(), "%s changed the clean file" % process)


def old_files(lab, host):
    """A list that was on the volume before is told when somebody opens it for writing, and stays as it is."""
    path = host.volume + "/old.csv"
    touch = "python3 -c 'import sys; open(sys.argv[1], \"r+b\").close()' " + path
    before = os.path.getsize(path)
    check(shell(touch).returncode == 0, "an old list can't be opened for writing")
    event = lab.event(path=path)
    check(event["action"] == "audit" and not event["late"] and event["scrubbed_bytes"] == 0, "event %s" % event)
    check(os.path.getsize(path) == before, "opening a file for writing changed it")


def uploads(lab, host, dirty, clean, identifiers):
    result = host.in_cgroup(host.outside.post(clean))
    check(result.returncode == 0, "the clean upload: %s" % result.stdout)
    result = host.in_cgroup(host.outside.post(dirty))
    check(result.returncode not in (0, 28), "the upload ended with %d: %s" % (result.returncode, result.stdout))
    event = lab.event(channel="network", action="block")
    check(event["alert"] and event["tier"] == "observe" and event["hook"] == "cgroup/egress", "event %s" % event)
    check(event["process"]["name"] == "curl", "process %s" % event["process"])
    check(event["destination"]["ip"] == host.outside.address, "destination %s" % event["destination"])
    check(lab.counted(event, "cn_resident_id") == len(identifiers), "counts %s" % event["counts"])
    check(b"customer 1," in host.outside.arrived(), "nothing of the clean upload arrived")
    check(not any(i.encode() in host.outside.arrived() for i in identifiers), "identifiers arrived")


def run(lab, host):
    labelled, unlabelled, clean = weir.customers(0, 20), weir.customers(20, 20), weir.customers(40, 20, valid=False)
    write(host.volume + "/old.csv", weir.customers(80, 20))
    lab.start_all()
    check_doctor(lab, 3)
    old_files(lab, host)
    write(host.data + "/customers.csv", labelled)
    lab.event(path=host.data + "/customers.csv")
    write(host.elsewhere + "/customers.csv", unlabelled)
    write(host.elsewhere + "/clean.csv", clean)
    labelled_copies(lab, host, host.data + "/customers.csv", weir.identifiers(labelled))
    unlabelled_copies(lab, host, host.elsewhere + "/customers.csv", weir.identifiers(unlabelled))
    moved = weir.customers(100, 20)
    moved_and_back(lab, host, moved, weir.identifiers(moved))
    clean_copies(lab, host, host.elsewhere + "/clean.csv")
    uploads(lab, host, host.elsewhere + "/customers.csv", host.elsewhere + "/clean.csv", weir.identifiers(unlabelled))
    check_doctor(lab, 3)


def run_without_bpf(lab, host):
    """Tier 4: the files as before, the network not at all, and nothing claimed of it."""
    labelled = weir.customers(60, 20)
    lab.start_all()
    check_doctor(lab, 4)
    write(host.data + "/more.csv", labelled)
    lab.event(path=host.data + "/more.csv")
    result = shell(WAYS["cp"].format(source=host.data + "/more.csv", target=host.volume + "/more.csv"))
    check(result.returncode != 0, "the labelled file went through")
    event = lab.event(path=host.volume + "/more.csv", action="block")
    check(event["tier"] == "scan" and event["hook"] == "fanotify/open", "event %s" % event)
    check(not host.on_medium(weir.identifiers(labelled)), "labelled data is on the medium")


def run_warned(lab, host):
    """What is known of a file is refused at the opening, what is not is taken away at the close: until a reason was given."""
    known, unknown, bulk = host.data + "/known.csv", host.elsewhere + "/unknown.csv", host.data + "/bulk.csv"
    os.chmod(host.volume, 0o777)
    write(lab.policy, warned.POLICY)
    lab.start_all()
    lists = {path: weir.customers(first, count) for path, first, count in ((known, 200, 20), (unknown, 220, 20), (bulk, 240, 120))}
    for path, text in lists.items():
        write(path, text)
    for path in (known, bulk):
        lab.event(path=path)
    warned.files(lab, known, weir.identifiers(lists[known]), bulk, host.volume, lambda result: "not permitted" in result.stdout)
    target = host.volume + "/unknown.csv"
    for reason in (False, True):
        check(warned.copy(warned.PERSON, unknown, target).returncode == 0, "an unknown list")
        if not reason:
            row = warned.refusal(lab, warned.PERSON, target=target)
            check(row["late"] and row["action"] == "warn" and os.path.getsize(target) == 0, "refusal %s" % row)
            check(warned.justify(lab, warned.PERSON, row["event"]).returncode == 0, "justify")
    closed = weir.wait_for(lambda: [event for event in lab.matching(path=target, activity="close") if
                                    "justification" in event], 60, "the close with its reason")
    check(not closed[0]["late"] and warned.same(unknown, target), "event %s" % closed[0])
    warned.uploads(lab, host.outside, unknown, weir.identifiers(lists[unknown]), lambda command: warned.run_as(
        "0", "echo $$ > %s/cgroup.procs; exec setpriv --reuid=%s --clear-groups %s" % (host.cgroup, warned.PERSON, command)))


def boot_again(lab, host, image, spare):
    """As after a reboot: no pin and no agent of before, a volume with nothing in memory under another number."""
    lab.kill("agent", signal.SIGTERM)
    lab.remove()
    before = os.stat(host.data).st_dev
    while os.stat(host.data).st_dev == before:
        check(len(spare) < 8, "the disk keeps its number")
        weir.umount(host.data)
        spare.append(shell("losetup -f --show " + host.image).stdout.strip())
        check(shell("mount -o loop %s %s" % (image, host.data)).returncode == 0, "mount " + image)
    lab.start_agent()


def run_rebooted(lab, host):
    """What was labelled before is refused at once, what was changed meanwhile is looked at anew."""
    image, source, target, spare = host.root + "/disk.img", host.data + "/kept.csv", host.volume + "/kept.csv", []
    text = weir.customers(400, 20)
    check(shell("truncate -s 16M {0} && mkfs.ext4 -q {0} && mount -o loop {0} {1}".format(image, host.data)).returncode == 0,
          "a disk")
    try:
        lab.start_all()
        write(source, text)
        lab.event(path=source)
        boot_again(lab, host, image, spare)
        weir.wait_for(lambda: lab.status()["kept_labels"]["restored"] == 1, 60, "the label back")
        result = shell(WAYS["cp"].format(source=source, target=target))
        check(result.returncode != 0, "the labelled file went through")
        labels = lab.status()["kept_labels"]
        check(labels["kept"] == 1 and labels["changed"] == labels["gone"] == 0, "labels %s" % labels)
        event = lab.event(path=target, action="block")
        check(event["cause"] == "label" and not event["late"], "event %s" % event)
        check(not host.on_medium(weir.identifiers(text)), "labelled data is on the medium")
        lab.kill("agent", signal.SIGTERM)
        write(source, weir.customers(420, 20, valid=False))
        lab.start_agent()
        weir.wait_for(lambda: lab.status()["counts"]["labels_clean"], 60, "the changed file looked at")
        labels = lab.status()["kept_labels"]
        check(labels["changed"] == 1 and labels["restored"] == labels["kept"] == 0, "labels %s" % labels)
        check(shell(WAYS["cp"].format(source=source, target=target)).returncode == 0, "the changed file is believed to be a list")
    finally:
        lab.stop()
        weir.umount(host.data)
        for device in spare:
            shell("losetup -d " + device)


def run_everywhere(lab, host):
    """Told of no cgroup, the agent looks at the whole machine's traffic."""
    lab.start_agent()
    check_doctor(lab, 3)


def scenario():
    with Host() as host:
        with host.lab(3) as lab:
            run(lab, host)
        with host.lab(4) as lab:
            run_without_bpf(lab, host)
        with host.lab(3, policy=os.path.join(host.root, "policy.yaml")) as lab:
            run_warned(lab, host)
        with host.lab(3) as lab:
            run_rebooted(lab, host)
        with host.lab(3, cgroup=None) as lab:
            run_everywhere(lab, host)


if __name__ == "__main__":
    in_own_mounts(__file__)
    weir.main(scenario)
