# SPDX-License-Identifier: Apache-2.0
"""Where the benches of the whole endpoint run. WHERE is KERNEL:lsm (tier 1) or KERNEL:fmod_ret (tier 2), in a guest that counts
instructions, so that its seconds are 1e9 instructions each; or host: tier 3 on this machine, which must be root's.

A bench calls inside() with its own path. There it is started anew with --inside TIER, measures, and answers with result()."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

BENCH = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(BENCH), "e2e"))
import lab as weir  # noqa: E402
from host import Host, Place  # noqa: E402
from outside import Outside  # noqa: E402

VM = os.path.join(os.path.dirname(BENCH), "vm")
TESTS = os.path.join(weir.BUILD, "tests")
TIERS = {"lsm": 1, "fmod_ret": 2, "host": 3}
STICK_MIB, NET = 256, "198.18.92"
SECONDS = 3000


def tier_of(where):
    return TIERS[where.split(":")[-1]]


def counts_instructions(where):
    return where != "host"


def inside(script, where, arguments=(), share=None):
    """What the script answers from there; share: a folder that is seen there too."""
    own = ["--inside", str(tier_of(where)), *[str(argument) for argument in arguments]]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temp:
        if where == "host":
            command = ["unshare", "--mount", "--propagation", "private", "timeout", str(SECONDS), sys.executable, script, *own]
        else:
            kernel, hook = where.split(":")
            image = os.path.join(temp, "stick.img")
            subprocess.run([os.path.join(VM, "stick"), image, "vfat", str(STICK_MIB)], check=True)
            command = [os.path.join(VM, "run"), "-i", "-t", str(SECONDS), "-u", image, "-s", weir.BUILD + ":ro"]
            command += ["-s", share + ":ro"] if share else []
            command += ["-l", "nobpf"] if hook == "fmod_ret" else []
            command += [kernel, "env", "WEIR_BUILD=" + weir.BUILD, "python3", script, *own]
        output = subprocess.run(command, cwd=weir.TREE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    weir.check(lines, "no result from %s:\n%s" % (where, output[-6000:]))
    return json.loads(lines[-1][7:])


def result(value):
    print("RESULT " + json.dumps(value), flush=True)


class Guest(Place):
    """As a Host, in a guest, where the volume is a FAT stick that no agent has to be told of."""

    def __init__(self):
        self.root, self.volume, self.removable = "/srv/bench", "/media/stick", ()
        self.bpf, self.cgroup = "/sys/fs/bpf", None
        self.data, self.elsewhere = os.path.join(self.root, "data"), os.path.join(self.root, "elsewhere")
        for path in (self.data, self.elsewhere, self.volume):
            os.makedirs(path)
        disk = subprocess.run(["usb", "plug"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        subprocess.run(["mount", disk + "1", self.volume], check=True)
        self.outside = Outside("outside", NET)


def place(tier):
    return Host(STICK_MIB) if tier == 3 else Guest()


def check_tier(lab, where, tier):
    channels = {channel["channel"]: channel for channel in lab.doctor()["channels"]}
    for name in ("removable", "network"):
        weir.check(channels[name]["tier"] == tier, "%s is on tier %s" % (name, channels[name]["tier"]))
    weir.wait_for(lambda: where.volume in [volume["mount_point"] for volume in lab.status()["volumes"]], 60, "the volume")


@contextlib.contextmanager
def agent(where, tier, console=False):
    """An agent that is gone afterwards, kernel programs and all."""
    with where.lab(tier) as lab:
        if console:
            lab.start_all()
        else:
            lab.start_agent()
        check_tier(lab, where, tier)
        yield lab


def quiet(lab, seconds=300):
    """Waits until nothing waits for the inspector."""
    weir.wait_for(lambda: lab.status()["pending"] == 0, seconds, "a quiet agent")


def rounds(number):
    """(round, with an agent): both in each round, the one that comes first in turn."""
    for n in range(number):
        for with_agent in ((False, True) if n % 2 == 0 else (True, False)):
            yield n, with_agent


def median(values):
    return statistics.median(list(values))


def table(head, rows):
    """A table in Markdown, as docs/performance.md has them."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def main(run):
    """Runs a bench; what it returns is the exit status."""
    try:
        sys.exit(run())
    except (weir.Failure, subprocess.CalledProcessError) as failure:
        print("FAILED: %s" % failure)
        sys.exit(1)
