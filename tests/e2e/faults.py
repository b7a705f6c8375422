#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults one after the other, at random, while a prober goes on writing to a sink: no call hangs, no alert is lost or doubled, no time
without protection goes unreported. tests/eval/faults.sh runs it at any length.

faults.py host N SEED             tier 3 on this machine
faults.py guest TIER N SEED       lsm or fmod_ret, in a guest with a FAT stick
faults.py image IMAGE REPORT      from outside, on the stick's raw image, with what the guest printed"""

import datetime
import json
import multiprocessing
import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import lab as weir  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402
from lab import WEIGHTS, check, shell, wait_for, write  # noqa: E402

LIST = 20  # customers in each list
HANG = 2.0  # seconds that a call may take longer than the machine itself
FOLDER = 100  # files in one folder: FAT looks through all names of one
SLOW = 1.0  # seconds after which it is printed where a call waits
DROPS = ("report_failed", "inspect_dropped", "fanotify_overflow", "gate_dropped", "labels_refused", "records_bad")
KERNEL_DROPS = ("drop_verdict", "drop_opening", "no_flow", "no_slot", "no_proc", "no_volume")
SHAPE = re.compile(rb"110000\d{11}[\dX]")


def number(i):
    """Nobody's number i, of 15 million."""
    digits = "110000%04d%02d%02d%03d" % (1950 + i % 50, 1 + i // 50 % 12, 1 + i // 600 % 28, 100 + i // 16800 % 900)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


def numbers(n):
    return [number(i) for i in range(n * LIST, (n + 1) * LIST)]


def table(rows):
    return "name,number\n" + "".join("customer,%s\n" % row for row in rows)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Probe:
    """What one operation was, when, and how it ended."""

    def __init__(self, kind, path, n, stick):
        self.kind, self.path, self.n, self.stick = kind, path, n, stick
        self.error = self.took = None
        self.began = self.ended = 0.0
        self.steady = True  # the sink stayed as it was


def make_folder(path):
    """Not with those above it: where nothing is mounted there is no folder."""
    try:
        os.mkdir(path)
    except FileExistsError:
        pass


class Prober:
    """One kind of operation again and again, in a process that does nothing else: "clean" and "dirty" to the sink, "local" to a
    watched folder, "control" to a folder that nobody watches."""

    def __init__(self, kind, folder, place, pace):
        self.kind, self.folder, self.place, self.pace = kind, folder, place, pace
        self.probes, self.ending, self.since = [], multiprocessing.Event(), multiprocessing.Value("d", 0)
        self.result, self.process = None, None

    def once(self):
        n = len(self.probes) * 2 + (self.kind == "local")
        folder = os.path.join(self.folder, "%s-%d" % (self.kind, n // FOLDER))
        probe = Probe(self.kind, os.path.join(folder, "%s-%d.csv" % (self.kind, n)), n, self.place.stick)
        text = table(numbers(n) if self.kind in ("dirty", "local") else [row[:9] for row in numbers(n)])
        probe.began, start = time.time(), time.monotonic()
        self.since.value = start
        try:
            make_folder(folder)
            write(probe.path, text)
        except OSError as error:
            probe.error = error.errno
        probe.took, probe.ended, self.since.value = time.monotonic() - start, time.time(), 0
        probe.steady = probe.stick == self.place.stick
        self.probes.append(probe)

    def run(self, result):
        while not self.ending.is_set():
            self.once()
            time.sleep(self.pace)
        result.send(self.probes)

    def start(self):
        self.result, result = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=self.run, args=(result,), daemon=True)
        self.process.start()

    def end(self, seconds):
        """Its probes; hangs no longer than that."""
        check(self.result.poll(seconds), "a %s write hangs" % self.kind)
        self.probes = self.result.recv()
        self.process.join()


class SlowCalls(threading.Thread):
    """Prints where a call waits that takes long, once for each, and what else waits in the kernel then."""

    def __init__(self, probers):
        super().__init__(daemon=True)
        self.probers, self.told, self.ending = probers, set(), False

    def waiting(self):
        for name in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % name) as file:
                    stat = file.read()
                if name.isdigit() and stat.rpartition(")")[2].split()[0] == "D":
                    yield int(name)
            except OSError:
                pass

    def tell(self, pid):
        try:
            with open("/proc/%d/comm" % pid) as comm, open("/proc/%d/stack" % pid) as stack:
                print("   %d %s: %s" % (pid, comm.read().strip(), " < ".join(
                    line.split()[-1].split("+")[0] for line in stack.read().splitlines())), flush=True)
        except OSError:
            pass

    def run(self):
        while not self.ending:
            for prober in self.probers:
                since = prober.since.value
                if since and time.monotonic() - since > SLOW and since not in self.told:
                    self.told.add(since)
                    print("   a %s call takes long" % prober.kind, flush=True)
                    for pid in {prober.process.pid, *self.waiting()}:
                        self.tell(pid)
            time.sleep(0.1)


class Place:
    """stick counts how often the sink was taken away or put back; it is even while the sink is there to be written."""

    def __init__(self):
        self.shared = multiprocessing.Value("i", 1)

    @property
    def stick(self):
        return self.shared.value

    @stick.setter
    def stick(self, value):
        self.shared.value = value

    def device(self):
        return shell("findmnt -no SOURCE " + self.volume).stdout.strip()


class HostPlace(Place):
    """Tier 3: the sink is a loop device on this machine."""

    enforced, pace = False, 0.05

    def __init__(self):
        super().__init__()
        self.host = Host(256)
        self.volume, self.data, self.elsewhere = self.host.volume, self.host.data, self.host.elsewhere
        self.lab = weir.Lab(os.path.join(self.host.root, "lab"), pin_dir=self.host.bpf + "/weir", cgroup=self.host.cgroup,
                            removable=[self.volume], watch=[self.data], options=["--best-tier", "3"],
                            policy=os.path.join(self.host.root, "policy.yaml"))

    def pull(self):
        shell("umount -l " + self.volume)

    def put_back(self):
        wait_for(lambda: not shell("losetup --associated %s --noheadings" % self.host.image).stdout.strip(), 120, "the loop device's end")
        check(shell("mount -o loop %s %s" % (self.host.image, self.volume)).returncode == 0, "mounting the volume")

    def remove(self):
        self.lab.remove()
        self.host.remove()


class GuestPlace(Place):
    """Tiers 1 and 2: the sink is a FAT stick."""

    enforced, pace = True, 0.3

    def __init__(self, tier):
        super().__init__()
        self.tier = tier
        self.volume, self.data, self.elsewhere = "/media/stick", "/srv/data", "/opt/elsewhere"
        for path in (self.volume, self.data, self.elsewhere):
            os.makedirs(path, exist_ok=True)
        self.put_back()
        self.lab = weir.Lab("/srv/lab", pin_dir="/sys/fs/bpf/weir", watch=[self.data], policy="/srv/policy.yaml")

    def pull(self):
        check(shell("usb unplug 0").returncode == 0, "pulling the stick")
        shell("umount -l " + self.volume)

    def put_back(self):
        disk = shell("usb plug 0").stdout.strip().splitlines()[-1]
        check(shell("mount %s1 %s" % (disk, self.volume)).returncode == 0, "mounting the stick")

    def remove(self):
        pass


class Faults:
    def __init__(self, place, seed):
        self.place, self.lab, self.random = place, place.lab, random.Random(seed)
        self.restarts = {"console": self.start_console, "sync": self.lab.start_sync, "agent": self.start_agent}
        self.due = {}  # what is down, and when it has to be back (monotonic)
        self.kills = []  # when the agent was killed
        self.stops = []  # how long it was stopped: (from, to)
        self.policies = self.ended = 0
        self.revision = 0

    # ---- what runs

    def start_console(self):
        port = self.lab.console.rsplit(":", 1)[1]
        self.lab.start("console", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.join(weir.BIN, "weir-console"),
                       "--state", self.lab.path("console"), "--dev", port)

    def start_agent(self):
        self.lab.start_agent()
        check(self.lab.status()["pid"] == self.lab.processes["agent"].pid, "another agent answers")

    def bring_back(self, everything=False):
        """As a service manager would, also what ended by itself."""
        for name, process in list(self.lab.processes.items()):
            if process.poll() is not None:
                print("   %s ended by itself: %d" % (name, process.returncode), flush=True)
                self.ended += 1
                self.kills += [time.time()] if name == "agent" else []
                self.due[name] = time.monotonic()
                del self.lab.processes[name]
        for name, when in sorted(self.due.items()):
            if everything or time.monotonic() >= when:
                del self.due[name]
                self.restarts[name]()

    def agent_runs(self):
        """Some faults make no sense to nobody."""
        if "agent" in self.due:
            del self.due["agent"]
            self.start_agent()

    def seen(self, point):
        return [v for v in self.lab.status()["volumes"] if v["mount_point"] == point and (v["gated"] or v["in_kernel"])]

    # ---- faults

    def kill(self):
        name = self.random.choice(("agent", "agent", "sync", "console"))
        if name in self.due:
            return name + " is dead already"
        if name == "agent":
            self.kills.append(time.time())
        self.lab.kill(name)
        self.due[name] = time.monotonic() + self.random.uniform(0, 2)
        return name

    def workers(self):
        pid = self.lab.processes["agent"].pid
        found = shell("pgrep -P %d -x weir-inspect" % pid).stdout.split()
        return [int(one) for one in found]

    def kill_worker(self):
        self.agent_runs()
        workers = self.workers()
        for pid in workers[:self.random.randint(1, max(1, len(workers)))]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return "%d of them" % len(workers)

    def stop(self):
        name = self.random.choice(("agent", "agent", "worker", "sync", "console"))
        if name == "worker":
            self.agent_runs()
            pids = self.workers()
        else:
            pids = [] if name in self.due else [self.lab.processes[name].pid]
        seconds = self.random.choice((0.2, 1.0, 3.0)) * self.random.uniform(0.5, 1.5)
        began = time.time()
        for number_ in (signal.SIGSTOP, signal.SIGCONT):
            for pid in pids:
                try:
                    os.kill(pid, number_)
                except ProcessLookupError:
                    pass
            if number_ == signal.SIGSTOP:
                time.sleep(seconds)
        if name == "agent" and pids:
            self.stops.append((began, time.time()))
        return "%s for %.1f s" % (name, seconds)

    def pull(self):
        self.place.stick += self.place.stick % 2 == 0
        self.place.pull()
        time.sleep(self.random.uniform(0, 1))
        self.agent_runs()
        wait_for(lambda: not self.seen(self.place.volume), 120, "the agent sees the stick go")
        self.place.put_back()
        self.ready()
        return ""

    def ready(self):
        self.agent_runs()
        wait_for(lambda: self.seen(self.place.volume), 120, "the agent sees the sink")
        self.place.stick += 1

    def remount(self):
        volume = self.place.volume
        how = self.random.choice(("ro", "umount"))
        self.place.stick += 1
        if how == "ro":
            wait_for(lambda: shell("mount -o remount,ro " + volume).returncode == 0, 120, "remount,ro")
            time.sleep(self.random.uniform(0, 0.5))
            wait_for(lambda: shell("mount -o remount,rw " + volume).returncode == 0, 120, "remount,rw")
        else:
            device = self.place.device()
            self.agent_runs()
            weir.umount(volume)
            wait_for(lambda: not self.seen(volume), 120, "the agent sees the sink go")
            if self.place.enforced:
                check(shell("mount %s %s" % (device, volume)).returncode == 0, "mounting it again")
            else:
                self.place.put_back()
        self.ready()
        return how

    def policy(self):
        """Of three kinds: another good one, one with a detector of its own, so that the workers are replaced, and one that is none."""
        self.agent_runs()
        kind = self.random.choice(("good", "custom", "bad"))
        with open(weir.BASELINE) as file:
            text = file.read()
        self.policies += 1
        if kind == "bad":
            write(self.lab.policy, text.replace("action: block", "action: blok"))
        else:
            self.revision = 1000 + self.policies
            text = text.replace("revision: 1\n", "revision: %d\n" % self.revision, 1)
            if kind == "custom":
                text += "detectors:\n  ticket: {pattern: 'TICKET[0-9]{%d}', level: C2, confidence: 70}\n" % (8 + self.policies % 9)
            write(self.lab.policy, text)
        os.kill(self.lab.processes["agent"].pid, signal.SIGHUP)
        if kind == "bad":
            wait_for(lambda: self.lab.status()["policy"]["error"], 120, "the bad policy is refused")
        else:
            wait_for(lambda: self.lab.status()["policy"]["revision"] == self.revision, 120, "the new policy is in force")
        found = self.lab.status()["policy"]
        check(self.revision == 0 or found["revision"] == self.revision, "the policy in force is %s" % found)
        return kind

    def full_disk(self):
        filler = os.path.join(self.lab.path("small"), "filler")
        shell("dd if=/dev/zero of=%s bs=64K status=none" % filler)
        time.sleep(self.random.uniform(0.5, 2))
        os.unlink(filler)
        return ""

    def flood(self):
        driver = os.path.join(weir.BUILD, "tests", "bench_flood")
        folders = [self.place.data] + ([self.place.volume] if self.place.stick % 2 == 0 else [])
        runs = [subprocess.Popen([driver, folder, "1", "4000", "4"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for folder in folders]
        for run in runs:
            run.wait(120)
        return ""

    def one(self):
        kinds = (self.kill, self.kill, self.kill_worker, self.stop, self.stop, self.pull, self.remount, self.policy, self.full_disk,
                 self.flood)
        fault = self.random.choice(kinds)
        return "%s %s" % (fault.__name__, fault())

    def run(self, count):
        for n in range(count):
            self.bring_back()
            began = time.monotonic()
            print("%.1f %d: %s, %.1f s" % (time.time(), n, self.one(), time.monotonic() - began), flush=True)
            time.sleep(self.random.uniform(0, 0.3))
        self.bring_back(everything=True)


# ---- what must hold

class Story:
    """What the console has, by path and by window."""

    def __init__(self, lab):
        self.events = lab.events(newest=100000)
        self.by_path = {}
        for event in self.events:
            # A file of a volume that is gone has a path without the mount point.
            self.by_path.setdefault(os.path.basename(event.get("file", {}).get("path", "")), []).append(event)
        self.windows = [(instant(e["since"]), instant(e["time"]), e) for e in self.events if e["activity"] == "away"]

    def away(self, probe):
        return any(since - 0.01 <= probe.ended and probe.began <= until + 0.01 for since, until, _ in self.windows)

    def alerts(self, probe):
        """One that says "audit" tells that it could not be taken away: the volume had become read-only, or was gone."""
        return [event for event in self.by_path.get(os.path.basename(probe.path), []) if event["alert"]]

    def left(self, probe):
        """Told that it lies there, and not that it was taken away later."""
        actions = {event["action"] for event in self.told(probe)}
        return "audit" in actions and "block" not in actions

    def told(self, probe):
        return [event for event in self.by_path.get(os.path.basename(probe.path), []) if event["activity"] != "open"]


def expected(probe, place, story):
    """Which of its alerts is missing: "" when nothing is."""
    if probe.kind == "local":
        return "" if probe.error or story.told(probe) or story.away(probe) else "not told"
    if probe.error and not (place.enforced and probe.error == 13):
        return ""
    if len(story.alerts(probe)) == 1:
        return ""
    if len(story.alerts(probe)) > 1:
        return "%d alerts" % len(story.alerts(probe))
    return "" if not place.enforced and story.away(probe) else "no alert"


def report_drops(lab):
    """By cause, of all agents: docs/modules/spool.md."""
    with open(lab.path("spool", "drops"), "rb") as file:
        entries = list(struct.iter_unpack("<32sQ", file.read()))
    return {cause.rstrip(b"\0").decode(): n for cause, n in entries if n}


def await_story(lab, place, probers, seconds):
    """Until the console has all that it must, or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        story = Story(lab)
        missing = [(probe, text) for kind in ("dirty", "local") for probe in probers[kind].probes
                   for text in [expected(probe, place, story)] if text]
        if not missing or time.monotonic() > deadline:
            return story, missing
        time.sleep(1)


def check_sequences(story, place):
    check(len({event["spool_epoch"] for event in story.events}) == 1, "the spool began anew")
    sequences = [event["sequence"] for event in story.events]
    lost = sorted(set(range(1, max(sequences) + 1)) - set(sequences))
    check(not lost, "%d events are not at the console: %s" % (len(lost), lost[:10]))
    check(len(sequences) == len(set(sequences)), "events are twice at the console")
    kernel = [event["kernel_sequence"] for event in story.events if "kernel_sequence" in event]
    check(len(kernel) == len(set(kernel)), "a kernel record was reported twice")
    check(kernel or not place.enforced, "no kernel record was reported")


def check_windows(story, faults):
    """Every end and every long stop of the agent is told of, by one window each."""
    for when in faults.kills:
        hits = [w for w in story.windows if w[0] <= when <= w[1]]
        check(hits, "no window tells of the agent's end at %.1f" % when)
    if faults.place.enforced:
        for began, ended in faults.stops:
            if ended - began > 2:
                check(any(w[0] <= ended and began <= w[1] for w in story.windows), "a stop of %.1f s is not told of" % (ended - began))


def check_stalls(place, probers, baseline):
    """The longest call of each kind; what the machine itself took meanwhile does not count."""
    worst = []
    for kind, prober in probers.items():
        longest = max(prober.probes, key=lambda probe: probe.took)
        worst.append("%s %.2f s" % (kind, longest.took))
        control = [p for p in probers["control"].probes if p.ended >= longest.began and p.began <= longest.ended]
        machine = max([p.took for p in control] + [baseline[kind]])
        check(longest.took - machine <= HANG, "a %s write took %.2f s, the machine itself %.2f s" % (kind, longest.took, machine))
    print("longest call: %s (without agent %s)" % (", ".join(worst), ", ".join("%s %.2f s" % item for item in baseline.items())))


def check_clean(place, probers):
    bad = [probe for probe in probers["clean"].probes if probe.error and probe.stick % 2 == 0 and probe.steady]
    check(not bad, "%d clean writes failed, the first with errno %s: %s" % (len(bad), bad and bad[0].error, bad and bad[0].path))


def judge(place, faults, probers, baseline):
    story, missing = await_story(place.lab, place, probers, 60)
    status = place.lab.status()
    drops = {name: status["counts"].get(name, 0) for name in DROPS} | {name: status["kernel_counts"].get(name, 0) for name in KERNEL_DROPS}
    dirty = probers["dirty"].probes
    print("%d dirty copies, %d refused at the call, %d alerts, %d in %d reported windows; %d clean writes, %d local lists" % (
        len(dirty), sum(p.error in (1, 13) for p in dirty), sum(len(story.alerts(p)) == 1 for p in dirty),
        sum(story.away(p) for p in dirty), len(story.windows), len(probers["clean"].probes), len(probers["local"].probes)))
    if not place.enforced:
        print("%d told as left where they were, %d told in vain and taken away later, %d of files that nobody is known to have written" % (
            sum(story.left(p) for p in dirty),
            sum(len({e["action"] for e in story.told(p)}) > 1 for p in dirty),
            sum(any(not e.get("process", {}).get("pid") for e in story.alerts(p)) for p in dirty)))
    print("dropped since the agent's last start: %s" % (", ".join("%s %d" % item for item in drops.items() if item[1]) or "nothing"))
    print("dropped by the report, in all: %s" % (", ".join("%s %d" % item for item in report_drops(place.lab).items()) or "nothing"))
    check_stalls(place, probers, baseline)
    counted = drops["inspect_dropped"] + drops["fanotify_overflow"]
    missing = [(p, text) for p, text in missing if p.kind == "dirty" or not counted]
    for probe, text in missing[:20]:
        print("%s: %s, errno %s, %.4f to %.4f; told: %s" % (probe.path, text, probe.error, probe.began, probe.ended, [
            (e["action"], e["activity"], e["cause"], e.get("scan_status"), e.get("scan_reason"), e["alert"], e["scrubbed_bytes"])
            for e in story.by_path.get(os.path.basename(probe.path), [])]))
    for window in story.windows:
        print("window %.2f to %.2f" % window[:2])
    check_sequences(story, place)
    check(not missing, "%d probes have no alert or event" % len(missing))
    check_windows(story, faults)
    check_clean(place, probers)
    check(drops["report_failed"] == drops["drop_verdict"] == 0, "alerts were dropped: %s" % drops)
    lost = [cause for cause in report_drops(place.lab) if cause.endswith("-alert")]
    check(not lost, "alerts were dropped: %s" % lost)
    return story


def measure_baseline(place):
    """The same operations with no agent anywhere: the longest of each."""
    longest = {}
    for kind, folder in (("clean", place.volume), ("local", place.data), ("control", place.elsewhere)):
        prober = Prober(kind, os.path.join(folder, "before"), place, 0)
        os.makedirs(prober.folder)
        for _ in range(20):
            prober.once()
        longest[kind] = max(probe.took for probe in prober.probes)
        shell("rm -r " + prober.folder)
    longest["dirty"] = longest["clean"]
    return longest


def small_spool(lab):
    """The spool on a disk of its own that can be filled."""
    os.makedirs(lab.path("small"))
    check(shell("mount -t tmpfs -o size=48m,mode=755 none {0} && mkdir {0}/spool && chown 0:65534 {0}/spool && chmod 2750 {0}/spool && "
                "mount --bind {0}/spool {1}".format(lab.path("small"), lab.path("spool"))).returncode == 0, "the spool's disk")


def scenario(place, count, seed):
    lab = place.lab
    print("seed %d, %d faults" % (seed, count), flush=True)
    shell("cp %s %s" % (weir.BASELINE, lab.policy))
    small_spool(lab)
    baseline = measure_baseline(place)
    faults = Faults(place, seed)
    sink = os.path.join(place.volume, "files")  # not there where nothing is mounted
    os.makedirs(sink)
    folders = {"clean": sink, "dirty": sink, "local": place.data, "control": place.elsewhere}
    probers = {kind: Prober(kind, folder, place, place.pace) for kind, folder in folders.items()}
    slow = SlowCalls(list(probers.values()))
    try:
        lab.start_all()
        faults.ready()
        for prober in probers.values():
            prober.start()
        slow.start()
        faults.run(count)
        time.sleep(1)
        for prober in probers.values():
            prober.ending.set()
        for prober in probers.values():
            prober.end(60)
        wait_for(lambda: lab.status()["pending"] == 0, 300, "a quiet agent")
        return judge(place, faults, probers, baseline), probers
    except weir.Failure:
        lab.logs()
        raise
    finally:
        slow.ending = True
        for prober in probers.values():
            prober.ending.set()
        lab.stop()
        shell("umount {1}; umount {0}".format(lab.path("small"), lab.path("spool")))


def check_image(path, allowed):
    """From outside: no identifier of a list that was to be kept off, or taken off, the medium."""
    with open(path, "rb") as file:
        found = {match.decode() for match in SHAPE.findall(file.read())}
    left = found - allowed
    print("raw image: %d identifiers of lists in reported windows or told as left, %d others" % (len(found & allowed), len(left)))
    check(not left, "%d identifiers are on the medium" % len(left))


def host(count, seed):
    place = HostPlace()
    try:
        story, probers = scenario(place, count, seed)
        os.sync()
        check_image(place.host.image, {
            one for p in probers["dirty"].probes if story.away(p) or story.left(p) for one in numbers(p.n)})
    finally:
        place.remove()


def guest(tier, count, seed):
    scenario(GuestPlace(tier), count, seed)
    os.sync()


if __name__ == "__main__":
    mode, arguments = sys.argv[1], sys.argv[2:]
    if mode == "host":
        in_own_mounts(__file__)
        weir.main(lambda: host(int(arguments[0]), int(arguments[1])))
    elif mode == "guest":
        weir.main(lambda: guest(arguments[0], int(arguments[1]), int(arguments[2])))
    else:
        weir.main(lambda: check_image(arguments[0], set()))
