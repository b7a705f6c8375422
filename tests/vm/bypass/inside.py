# SPDX-License-Identifier: Apache-2.0
"""Where the sticks are: every technique without an agent, then every technique with one. Prints what each said and what is left on
the volumes, as one line of JSON; judging is done outside.

inside.py PLAN: a file of JSON, {media, tier, only, scratch} and what its class of media asks for; media is "usb" in a guest, "loop"
on this machine."""

import base64
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import techniques  # noqa: E402
from media import Loop, Usb  # noqa: E402
from techniques import weir  # noqa: E402

SECONDS = 30  # for one technique; guests are slow
STOPPED_SECONDS = 10  # while the agent is stopped: nobody may wait for it


class Attempt:
    """One technique on one target: begun, perhaps told to go on, ended."""

    def __init__(self, technique, source, target, scratch, enter):
        self.technique = technique
        self.folder = tempfile.mkdtemp(dir=scratch)
        self.output = tempfile.TemporaryFile()
        stdin = subprocess.PIPE if "older" in technique.needs else subprocess.DEVNULL
        self.process = subprocess.Popen(technique.arguments(source, target, self.folder), stdin=stdin, stdout=self.output,
                                        stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=enter)

    def ready(self):
        weir.wait_for(lambda: self.process.poll() is not None or b"ready" in self._said(), SECONDS, "a first half")

    def _said(self):
        self.output.seek(0)
        return self.output.read()

    def end(self):
        """What became of it; status None: it hung and was killed."""
        try:
            self.process.communicate(timeout=STOPPED_SECONDS if self.technique.stage == "stopped" else SECONDS)
            status = self.process.returncode
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        lines = self._said().decode(errors="replace").splitlines()
        shutil.rmtree(self.folder, ignore_errors=True)
        return {"pid": self.process.pid, "status": status, "said": [line[:160] for line in lines if line != "ready"][:3]}


def found_in(data, needles):
    return [needle.decode() for needle in needles if needle in data]


def attributes(path):
    try:
        return b"".join(os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False))
    except OSError:
        return b""


def content(path):
    if os.path.islink(path):
        return os.readlink(path).encode()
    if not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def left_at(technique, target):
    """What lies at the target and beside it: which identifiers, how many bytes, some of them from the middle."""
    paths = glob.glob(glob.escape(target) + "*")
    for path in list(paths):
        for folder, folders, files in os.walk(path):
            paths += [os.path.join(folder, name) for name in folders + files]
    if "parts" in technique.needs:
        paths = [target]
    data = {path: content(path) for path in paths}
    seen = b"\n".join([value + path.encode() + attributes(path) for path, value in data.items()])
    longest = max(data.values(), key=len, default=b"")
    middle = longest[len(longest) // 2:][:24]
    return {"found": found_in(seen, technique.needles()), "bytes": len(longest),
            "middle": base64.b64encode(middle).decode() if technique.encoded and len(middle) == 24 else ""}


class Run:
    def __init__(self, plan):
        rows, _ = techniques.load()
        self.plan = plan
        self.rows = [row for row in rows if not plan["only"] or row.name in plan["only"]]
        self.media = {"usb": Usb, "loop": Loop}[plan["media"]](plan)
        self.scratch = plan["scratch"]
        self.data, self.plain, self.root = (os.path.join(self.scratch, name) for name in ("data", "plain", "lab"))
        shutil.rmtree(self.scratch, ignore_errors=True)
        for path in (self.data, self.plain, self.root):
            os.makedirs(path)
        self.pairs = [(row, target) for row in self.rows for target in row.targets()]

    def source(self, row):
        return os.path.join(self.data if "label" in row.needs else self.plain, row.name + ".csv")

    def target(self, row, target):
        if "device" in row.needs:
            return self.media.disk()
        volume = target if target == "share" else "btrfs" if "reflink" in row.needs else "ext4" if "ext4" in row.needs else "fat"
        return os.path.join(self.media.volumes[volume], "t-%s.csv" % row.name)

    def begin(self, row, target):
        return Attempt(row, self.source(row), self.target(row, target), self.scratch, self.media.enter)

    def attempt(self, pairs):
        return {row.name + "@" + target: self.begin(row, target).end() for row, target in pairs}

    def look(self, results):
        os.sync()
        for row, target in self.pairs:
            if "device" not in row.needs and row.name + "@" + target in results:
                results[row.name + "@" + target].update(left_at(row, self.target(row, target)))
        return results

    def write_sources(self):
        for row in self.rows:
            weir.write(self.source(row), row.text())

    def control(self):
        self.write_sources()
        self.media.plug("control")
        results = self.look(self.attempt(self.pairs))
        self.media.pull()
        for row in self.rows:
            os.unlink(self.source(row))
        return results

    def start(self):
        self.lab = weir.Lab(self.root, pin_dir=self.media.pin_dir, watch=[self.data],
                            cgroup=self.media.cgroup, removable=self.media.removable, options=self.media.options)
        self.lab.start_all()
        channels = {channel["channel"]: channel for channel in self.lab.doctor()["channels"]}
        weir.check(channels["removable"]["tier"] == self.plan["tier"], "removable is on tier %s" % channels["removable"]["tier"])
        self.wait_for_volumes()
        self.write_sources()
        for row in self.rows:
            if "label" in row.needs:
                weir.wait_for(lambda row=row: self.events_with(self.source(row)), 60, "a label for " + row.name)

    def wait_for_volumes(self):
        points = set(self.media.volumes.values())
        weir.wait_for(lambda: points <= {volume["mount_point"] for volume in self.lab.status()["volumes"]}, 60, "the volumes")

    def events_with(self, path):
        return [event for event in self.lab.events(5000) if event.get("file", {}).get("path") == path]

    def staged(self, stage):
        return self.attempt([(row, target) for row, target in self.pairs if row.stage == stage])

    def real(self):
        self.media.plug("real")
        self.write_sources()
        older = {(row, target): self.begin(row, target) for row, target in self.pairs if "older" in row.needs}
        for attempt in older.values():
            attempt.ready()
        self.start()
        results = self.attempt([pair for pair in self.pairs if pair[0].stage == "running" and pair not in older])
        for (row, target), attempt in older.items():
            results[row.name + "@" + target] = attempt.end()
        results.update(self.without_agent())
        self.settle()
        self.collect(self.look(results))
        self.lab.stop()
        self.media.pull()
        return results

    def without_agent(self):
        if not any(row.stage != "running" for row in self.rows):
            return {}
        agent = self.lab.processes["agent"]
        agent.send_signal(signal.SIGSTOP)
        results = self.staged("stopped")
        agent.send_signal(signal.SIGCONT)
        self.settle()
        self.lab.kill("agent")
        results.update(self.staged("killed"))
        self.media.replug()
        results.update(self.staged("late"))
        self.lab.start_agent()
        self.wait_for_volumes()
        return results

    def settle(self):
        """Until nothing is pending and no event has come for a while."""
        seen = [-1, 0]

        def quiet():
            count = len(self.lab.events(5000))
            seen[:] = [count, seen[1] + 1 if count == seen[0] else 0]
            return seen[1] >= 12 and self.lab.status()["pending"] == 0
        weir.wait_for(quiet, 180, "a quiet agent")

    def collect(self, results):
        """The events of each technique, told by the name of its target or its process, and the channel."""
        channels = {"removable": "stick", "share": "share"}
        kept = ("action", "alert", "cause", "hook", "late", "scrubbed_bytes", "rule")
        for event in self.lab.events(5000):
            path, pid = event.get("file", {}).get("path", ""), event.get("process", {}).get("pid")
            for row in self.rows:
                result = results.get(row.name + "@" + channels.get(event["channel"], ""))
                # A file without a name, or by its temporary one.
                if result and (re.search(r"/\.?t-%s\.csv" % row.name, path) or pid == result["pid"]):
                    result.setdefault("events", []).append({name: event.get(name) for name in kept})


def scenario(plan):
    run = Run(plan)
    try:
        control = run.control()
        real = run.real()
    except weir.Failure:
        if hasattr(run, "lab"):
            run.lab.logs()
        raise
    finally:
        if hasattr(run, "lab"):
            run.lab.stop()
        run.media.remove(getattr(run, "lab", None))
    print("RESULTS " + json.dumps({"control": control, "real": real}))


if __name__ == "__main__":
    with open(sys.argv[1]) as plan_file:
        settings = json.load(plan_file)
    weir.main(lambda: scenario(settings))
