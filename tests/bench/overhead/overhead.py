#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""overhead.py [--rounds N] [--times N] [--only TEXT] WHERE...: real work with an agent, as ratios to no agent in the same run, medians of paired
rounds, beside the goals.

WHERE: see ../place.py. Everything local lies in a folder that the agent watches, so that each file is inspected when it is closed.
time: until the work is done, what the agent does meanwhile included (a guest has one CPU). caller: CPU of the work itself, hooks
included. all: that and the agent's CPU until nothing is pending."""

import argparse
import collections
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import place as bench  # noqa: E402
from place import weir  # noqa: E402

FILL = os.path.join(bench.TESTS, "bench_fill")
FILES, FOLDERS, BYTES = 1000, 10, 30 << 20

# command: run {times} times over with $i set, but for those of the stick. {made}: what make_material() left; {local}, {sink}: empty
# folders. goals: tiers 1 and 2, tier 3, and of which column. before: not measured, and inspected before anything is.
Work = collections.namedtuple("Work", "name command goals column before", defaults=("",))
WORKS = (
    Work("untar a source tree", "mkdir {local}/$i; tar -xf {made}/source.tar -C {local}/$i", (1.03, 1.12), "time"),
    Work("git clone", "git clone -q file://{made}/repo.git {local}/$i", (1.03, 1.12), "time"),
    Work("compile", "mkdir {local}/$i; for f in {made}/source/base/[f-l]*.c; do cc -std=gnu17 -O1 -D_GNU_SOURCE -DWEIR_VERSION='\"\"' "
         "-I{made}/source/base/include -c $f -o {local}/$i/$(basename $f).o; done", (1.03, 1.12), "time"),
    Work("write in 4 KiB, local", FILL + " {local}/$i 4KiB 32", (1.05, 1.02), "time"),
    Work("write in 64 KiB, local", FILL + " {local}/$i 64KiB 128", (1.01, 1.02), "time"),
    Work("read 1,000 files", "cat {made}/files/*/* >/dev/null", (1.02, 1.3), "time"),
    Work("copy 1,000 files to the stick", "[ $i != 1 ] || cp -r {made}/files {sink}/", (1.25, 1.5), "all"),
    Work("copy 1,000 new files to the stick", "[ $i != 1 ] || cp -r {local}/files {sink}/", (1.25, 1.5), "all", "cp -r {made}/files {local}/"),
)
Figures = collections.namedtuple("Figures", "time caller all")


def chosen(only):
    return [work for work in WORKS if only in work.name]


def make_files(folder):
    """Clean documents: words and amounts, sizes from 1 to 60 KB."""
    chance = random.Random(4)
    words = [line.strip() for line in open(os.path.join(weir.TREE, "CONTRIBUTING.md")) if line.strip()]
    for n in range(FILES):
        path = os.path.join(folder, str(n % FOLDERS))
        os.makedirs(path, exist_ok=True)
        size, text = chance.randint(1000, 2 * BYTES // FILES - 1000), ""
        while len(text) < size:
            text += "%s %d.%02d\n" % (chance.choice(words), chance.randint(1, 90000), chance.randint(0, 99))
        weir.write(os.path.join(path, "document-%d.txt" % n), text[:size])


def make_source(folder):
    """This project, as an archive, as a tree and as a repository."""
    archive, tree = os.path.join(folder, "source.tar"), os.path.join(folder, "source")
    subprocess.run(["git", "-C", weir.TREE, "archive", "-o", archive, "HEAD"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", "file://" + weir.TREE, os.path.join(folder, "repo.git")], check=True)
    os.mkdir(tree)
    subprocess.run(["tar", "-xf", archive, "-C", tree], check=True)


def make_material(folder, only):
    if any("{made}/source" in work.command or "{made}/repo" in work.command for work in chosen(only)):
        make_source(folder)
    make_files(os.path.join(folder, "files"))


def cpu_of(pid):
    """Seconds that a process and those it waited for have used."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def agent_cpu(lab):
    pid = lab.processes["agent"].pid
    return cpu_of(pid) + sum(cpu_of(child) for child in children(pid))


def filled(command, folders):
    """No str.format(): the shell has braces of its own."""
    for name, path in folders.items():
        command = command.replace("{%s}" % name, path)
    return command


def run_work(where, lab, work, times, made):
    folders = {"made": made, "local": where.data + "/work", "sink": where.volume + "/work"}
    for path in (folders["local"], folders["sink"]):
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
    subprocess.run(["bash", "-ec", filled(work.before, folders)], stdin=subprocess.DEVNULL, check=True)
    os.sync()
    if lab:
        bench.quiet(lab)
    busy = agent_cpu(lab) if lab else 0
    command = filled(work.command, folders)
    began = time.monotonic()
    process = subprocess.Popen(["bash", "-ec", "for i in $(seq %d); do %s; done" % (times, command)], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = status
    weir.check(status == 0, "%s failed" % work.name)
    if lab:
        bench.quiet(lab)
        busy = agent_cpu(lab) - busy
    caller = usage.ru_utime + usage.ru_stime
    return Figures(took, caller, caller + busy)


def round_of(where, lab, options):
    return {work.name: run_work(where, lab, work, options.times, options.made) for work in chosen(options.only)}


def measure(tier, options):
    with bench.place(tier) as where:
        own = os.path.join(where.data, "made")
        shutil.copytree(options.made, own)
        options.made = own
        found = {False: [], True: []}
        round_of(where, None, options)  # so that no round is the first
        for _, with_agent in bench.rounds(options.rounds):
            if with_agent:
                with bench.agent(where, tier) as lab:
                    found[True].append(round_of(where, lab, options))
            else:
                found[False].append(round_of(where, None, options))
        bench.result([found[False], found[True]])


def show(where, found, only):
    tier = bench.tier_of(where)
    print("%s (tier %d), medians of %d paired rounds" % (where, tier, len(found[0])))
    rows = []
    for work in chosen(only):
        rounds, ratio = {}, {}
        for n, column in enumerate(Figures._fields):
            rounds[column] = [b[work.name][n] / a[work.name][n] for a, b in zip(*found)]
            ratio[column] = bench.median(rounds[column])
        goal, judged = work.goals[tier == 3], rounds[work.column]
        rows.append([work.name, "%.3f" % bench.median(a[work.name][0] for a in found[0])] +
                    ["%.3f" % ratio[column] for column in Figures._fields] +
                    ["%s %.2f" % (work.column, goal), "yes" if ratio[work.column] <= goal else "**no**",
                     "%.3f to %.3f" % (min(judged), max(judged))])
    bench.table(["work", "no agent, s", "time", "caller", "all", "goal", "held", "rounds"], rows)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, help="each work so often in a round (1 in a guest, 8 on the host)")
    parser.add_argument("--only", default="", metavar="TEXT", help="works whose name has it")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--made", help=argparse.SUPPRESS)
    parser.add_argument("where", nargs="*", metavar="WHERE")
    options = parser.parse_args()
    if options.inside:
        measure(options.inside, options)
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        make_material(made, options.only)
        for where in options.where:
            times = options.times or (1 if bench.counts_instructions(where) else 8)
            own = ["--rounds", options.rounds, "--times", times, "--only", options.only, "--made", made]
            show(where, bench.inside(os.path.abspath(__file__), where, own, made), options.only)


if __name__ == "__main__":
    bench.main(main)
