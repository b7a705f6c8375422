# SPDX-License-Identifier: Apache-2.0
"""A console, an agent and a sync under one scratch root, driven like a person would. Used natively and in the guests."""

import json
import os
import signal
import subprocess
import sys
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WEIR_BUILD", os.path.join(TREE, "build", "dev"))
BIN = os.environ.get("WEIR_BIN", os.path.join(BUILD, "bin"))
BASELINE = os.path.join(TREE, "packaging", "default-policy", "baseline.yaml")
NOBODY = "65534:65534"
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


class Failure(Exception):
    """A check that did not hold."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def resident_id(i, valid=True):
    """Number i of a run of synthetic resident IDs. Region 110000 is no county's, so nobody has one."""
    digits = "110000%04d%02d%02d%03d" % (1950 + i % 50, 1 + i % 12, 1 + i % 28, 100 + i % 900)
    total = sum(int(d) * w for d, w in zip(digits, WEIGHTS))
    return digits + "10X98765432"[(total + (0 if valid else 1)) % 11]


def customers(first, count, valid=True):
    """A table of customers; without valid check digits it is the same table of nobody."""
    rows = ["name,number,remark"]
    rows += ["customer %d,%s,none" % (i, resident_id(first + i, valid)) for i in range(count)]
    return "\n".join(rows) + "\n"


def identifiers(text):
    return [row.split(",")[1] for row in text.splitlines()[1:]]


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def shell(command):
    return subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def attempt(action):
    """0, or the errno with which the kernel refused."""
    try:
        action()
    except OSError as error:
        return error.errno
    return 0


# What people use to put a file somewhere else.
WAYS = {
    "cp": "cp {source} {target}",
    "dd": "dd if={source} of={target} bs=100",
    "python3": "python3 -c 'import sys, pathlib; pathlib.Path(sys.argv[2]).write_text(open(sys.argv[1]).read())' "
               "{source} {target}",
    "cat": "cat {source} > {target}",
}


def wait_for(probe, seconds, what):
    """The first true value of probe()."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        check(time.monotonic() < deadline, "not within %d s: %s" % (seconds, what))
        time.sleep(0.1)


KERNEL_MAPS = "/sys/fs/bpf/weir/maps-v2"


def kernel_map(name):
    """The entries of one of the kernel's tables, in a guest."""
    dump = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", KERNEL_MAPS + "/" + name], stdout=subprocess.PIPE, check=True)
    return json.loads(dump.stdout)


def umount(point):
    """The agent may still have a file open that it looks at."""
    wait_for(lambda: shell("umount " + point).returncode == 0, 60, "umount " + point)


class Lab:
    """With it, nothing is left running or pinned afterwards, and whatever went wrong is told with the logs."""

    def __init__(self, root, policy=None, pin_dir=None, cgroup=None, removable=(), watch=(), options=()):
        self.root = root
        self.processes = {}
        self.removable = removable
        self.watch = watch
        self.cgroup = cgroup
        self.pin_dir = pin_dir
        self.options = list(options)
        self.policy = policy or BASELINE
        for name in ("state", "run", "log", "console", "spool"):
            os.makedirs(os.path.join(root, name), exist_ok=True)
        os.chown(self.path("console"), 65534, 65534)
        os.chmod(self.path("console"), 0o750)
        os.chown(self.path("spool"), 0, 65534)
        os.chmod(self.path("spool"), 0o2750)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error:
            print("FAILED: %s" % error)
            self.logs()
        self.stop()
        self.remove()

    def path(self, *names):
        return os.path.join(self.root, *names)

    def start(self, name, *command, **keywords):
        log = open(self.path("log", name + ".log"), "ab")
        self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **keywords)
        log.close()

    def start_console(self):
        port_file = self.path("console", "port")
        self.start("console", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.join(BIN, "weir-console"),
                   "--state", self.path("console"), "--dev", "0", "--port-file", port_file)
        wait_for(lambda: os.path.exists(port_file) and os.path.getsize(port_file), 60, "the console's port")
        self.console = "http://127.0.0.1:" + open(port_file).read().strip()

    def start_agent(self, seconds=300):
        command = [os.path.join(BIN, "weir-agent"), "--config", "/dev/null", "--state-dir", self.path("state"),
                   "--runtime-dir", self.path("run"), "--spool-dir", self.path("spool"), "--policy", self.policy,
                   "--inspect", os.path.join(BIN, "weir-inspect")]
        for option, values in (("--pin-dir", [self.pin_dir]), ("--cgroup", [self.cgroup]), ("--removable", self.removable),
                               ("--watch", self.watch)):
            for value in values:
                if value:
                    command += [option, value]
        self.start("agent", *(command + self.options))
        self.doctor(seconds)

    def start_sync(self):
        wait_for(lambda: os.path.exists(self.path("state", "agent-uid")), 30, "the agent's uid")
        self.start("sync", os.path.join(BIN, "weir-sync"), "--spool", self.path("spool"), "--agent-uid-file",
                   self.path("state", "agent-uid"), "--console", self.console, "--token-file",
                   self.path("console", "token"), "--user", NOBODY)

    def start_all(self):
        self.start_console()
        self.start_agent()
        self.start_sync()

    def kill(self, name, number=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(30)

    def stop(self):
        for name in list(self.processes):
            if self.processes[name].poll() is None:
                self.kill(name, signal.SIGTERM)

    def remove(self):
        subprocess.run([os.path.join(BIN, "weir-agent"), "--config", "/dev/null", "--pin-dir", self.pin_dir, "--remove"],
                       check=True, stderr=subprocess.DEVNULL)

    def logs(self):
        for name in sorted(os.listdir(self.path("log"))):
            print("---- %s" % name)
            print("".join(open(self.path("log", name), errors="replace").readlines()[-40:]))

    def weir(self, command, *arguments):
        result = subprocess.run([os.path.join(BIN, "weir"), command, "--format", "json", "--socket",
                                 self.path("run", "control.sock"), *arguments], stdout=subprocess.PIPE, check=False)
        return json.loads(result.stdout)

    def doctor(self, seconds=120):
        """What the agent says of itself, as soon as it answers: a busy machine may be late."""
        def answer():
            report = self.weir("doctor")
            return report if "channels" in report else None

        return wait_for(answer, seconds, "an answer of the agent")

    def status(self):
        return self.weir("status")

    def events(self, newest=500, only_alerts=False):
        """Everything at the console, or its newest, oldest first."""
        command = [os.path.join(BIN, "weirctl"), "--console", self.console, "--token-file", self.path("console", "token"),
                   "event", "ls", "--output", "json", "--limit", str(newest)] + (["--alerts"] if only_alerts else [])
        page = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        return (page.get("events") or [])[::-1]

    def matching(self, **fields):
        """Events whose fields are as given; path and process look inside."""
        def matches(event):
            for key, value in fields.items():
                if key == "path":
                    seen = event.get("file", {}).get("path")
                elif key == "process":
                    seen = event.get("process", {}).get("name")
                else:
                    seen = event.get(key)
                if seen != value:
                    return False
            return True
        return [event for event in self.events() if matches(event)]

    def event(self, seconds=60, **fields):
        """The one event with these fields; more than one is an error."""
        found = wait_for(lambda: self.matching(**fields), seconds, "an event with %s" % fields)
        check(len(found) == 1, "%d events with %s" % (len(found), fields))
        return found[0]

    def counted(self, event, detector):
        return {count["detector"]: count["distinct"] for count in event["counts"]}.get(detector, 0)


def main(run):
    """Runs a scenario; prints what held and what did not; the exit status says which."""
    began = time.monotonic()
    try:
        run()
    except Failure as failure:
        print("FAILED: %s" % failure)
        sys.exit(1)
    print("all held, %d s" % (time.monotonic() - began))
