#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [-o DIR] [--only NAME]... WHERE...: every technique of the table against a stick and a share.

WHERE is KERNEL:lsm (tier 1), KERNEL:fmod_ret (tier 2), both in a guest, or host (tier 3 on this machine, which must be root's).
Prints a line for each technique and target that was missed or broke and the sums; fails when one has no exception. -o keeps the
verdicts as DIR/WHERE.json, from which coverage.py writes docs/coverage.md."""

import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import exceptions  # noqa: E402
import techniques  # noqa: E402
from judge import BROKEN, IMPOSSIBLE, MISSED, Medium, judge  # noqa: E402
from media import ABOVE_MIB, KINDS, VOLUMES  # noqa: E402
from techniques import weir  # noqa: E402

VM = os.path.dirname(HERE)
TIERS = {"lsm": 1, "fmod_ret": 2, "host": 3}
SECONDS = 1400


class Guest:
    """Eight sticks and two shared folders for a guest of tests/vm/run."""

    def __init__(self, root, where):
        self.root = root
        self.kernel, self.hook = where.split(":")
        self.shares = [os.path.join(root, name) for name in ("share-control", "share-real")]
        for path in self.shares:
            os.mkdir(path)
        self.plan = {"media": "usb", "scratch": "/var/tmp/bypass", "shares": self.shares}

    def run(self, plan):
        command = [os.path.join(VM, "run"), "-t", str(SECONDS), "-m", "1280", "-k", os.path.join(self.root, "kept"),
                   "-s", weir.BUILD + ":ro", "-s", os.path.dirname(plan) + ":ro"]
        for share in self.shares:
            command += ["-s", share]
        for number, kind in enumerate(("vfat", "ext4", "btrfs", "vfat") * 2):
            image = os.path.join(self.root, "stick%d.img" % number)
            subprocess.run([os.path.join(VM, "stick"), image, kind, "64"], check=True)
            command += ["-u", image]
        command += ["-l", "nobpf"] if self.hook == "fmod_ret" else []
        inside = "WEIR_BUILD=%s python3 %s %s" % (weir.BUILD, os.path.join(HERE, "inside.py"), plan)
        return subprocess.run(command + [self.kernel, inside], cwd=weir.TREE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout

    def media(self, which):
        first = len(KINDS) * which
        return {"stick": Medium([os.path.join(self.root, "kept", "stick%d.img" % (first + i)) for i in range(len(KINDS))]),
                "share": Medium([self.shares[which]])}


class Host:
    """Images for loop devices, a bpffs and a cgroup, in a mount namespace that lasts as long as the run."""

    def __init__(self, root, _):
        self.root = root
        os.chmod(root, 0o755)
        self.folders = [os.path.join(root, name) for name in ("control", "real")]
        for folder in self.folders:
            os.mkdir(folder)
            subprocess.run([os.path.join(VM, "stick"), os.path.join(folder, "disk.img"), "vfat", "64"], check=True)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "offset=%d" % (ABOVE_MIB << 20), os.path.join(folder, "disk.img"),
                            "%dM" % (64 - ABOVE_MIB)], stdout=subprocess.DEVNULL, check=True)
            for kind in VOLUMES:
                image = os.path.join(folder, kind + ".img")
                make = ["mkfs.btrfs", "-q", "--mixed"] if kind == "btrfs" else ["mkfs.ext4", "-q"]
                subprocess.run(["truncate", "-s", "64M", image], check=True)
                subprocess.run(make + [image], stdout=subprocess.DEVNULL, check=True)
        self.plan = {"media": "loop", "scratch": os.path.join(root, "scratch"), "images": self.folders, "root": root,
                     "cgroup": os.path.join(root, "cgroups", "weir-bypass-%d" % os.getpid())}

    def run(self, plan):
        script = ("mkdir {0}/bpf {0}/cgroups && mount -t bpf bpf {0}/bpf && mount -t cgroup2 none {0}/cgroups && mkdir {1} && "
                  "{{ python3 {2} {3}; status=$?; rmdir {1}; exit $status; }}").format(
                      self.root, self.plan["cgroup"], os.path.join(HERE, "inside.py"), plan)
        return subprocess.run(["unshare", "--mount", "--propagation", "private", "timeout", str(SECONDS), "bash", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False).stdout

    def media(self, which):
        folder = self.folders[which]
        return {"stick": Medium([os.path.join(folder, kind + ".img") for kind in KINDS]),
                "share": Medium([os.path.join(folder, "share.img")])}


def verdicts(where, only):
    """{technique@target: Verdict}, from one run."""
    root = tempfile.mkdtemp(prefix="weir-bypass.", dir="/var/tmp")
    place = (Host if where == "host" else Guest)(root, where)
    try:
        os.mkdir(os.path.join(root, "plan"))
        plan = os.path.join(root, "plan", "plan.json")
        with open(plan, "w") as file:
            json.dump({**place.plan, "tier": TIERS[where.split(":")[-1]], "only": only}, file)
        output = place.run(plan)
        lines = [line for line in output.splitlines() if line.startswith("RESULTS ")]
        weir.check(lines, "no results from %s:\n%s" % (where, output[-6000:]))
        results, media = json.loads(lines[0][8:]), [place.media(0), place.media(1)]
        rows = {row.name: row for row in techniques.load()[0]}
        return {key: judge(rows[key.split("@")[0]], results["control"][key], real,
                           [one[key.split("@")[1]] for one in media]) for key, real in results["real"].items()}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def tell(where, found):
    """Prints what does not hold, and exceptions that nothing needs; how many do not hold."""
    tier, bad, stale = TIERS[where.split(":")[-1]], 0, []
    for key, verdict in sorted(found.items()):
        reason = exceptions.reason(key.split("@")[0], tier, key.split("@")[1])
        if verdict.outcome in (MISSED, BROKEN) and not reason:
            bad += 1
            print("%s: %s is %s: %s" % (where, key, verdict.outcome, verdict.note))
        elif verdict.outcome not in (MISSED, BROKEN, IMPOSSIBLE) and reason:
            stale.append(key)
    if stale:
        print("%s: need no exception here: %s" % (where, " ".join(stale)))
    sums = collections.Counter(verdict.outcome for verdict in found.values())
    print("%s: %s" % (where, ", ".join("%d %s" % (count, outcome) for outcome, count in sorted(sums.items()))), flush=True)
    return bad


def commit():
    """Of the tree; "" where there is none."""
    return subprocess.run(["git", "-C", weir.TREE, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=False).stdout.strip()


def never_proven(found):
    """Techniques that worked nowhere without an agent, so that nothing is known of them."""
    works = collections.defaultdict(bool)
    for results in found.values():
        for key, verdict in results.items():
            works[key.split("@")[0]] |= verdict.outcome != IMPOSSIBLE
    return [name for name, worked in works.items() if not worked]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", metavar="DIR")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("where", nargs="+", metavar="WHERE")
    parser.add_argument("--part", metavar="I/N", help="every N-th technique, beginning with the I-th")
    arguments = parser.parse_args()
    only = arguments.only
    if arguments.part:
        first, step = (int(number) for number in arguments.part.split("/"))
        only = [row.name for row in techniques.load()[0][first - 1::step]]
    found, bad = {}, 0
    for where in arguments.where:
        found[where] = verdicts(where, only)
        bad += tell(where, found[where])
        if arguments.o:
            os.makedirs(arguments.o, exist_ok=True)
            with open(os.path.join(arguments.o, where.replace(":", "-") + ".json"), "w") as file:
                json.dump({"commit": commit(), "verdicts": {
                    key: [verdict.outcome, verdict.note] for key, verdict in found[where].items()}}, file, indent=0)
    for name in never_proven(found):
        print("%s: no control run shows that it works" % name)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except weir.Failure as failure:
        print("FAILED: %s" % failure)
        sys.exit(1)
