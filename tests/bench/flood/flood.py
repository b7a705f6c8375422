#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flood.py [--seconds N] [--rate N] [--writes N] WHERE...: openings and writes without end, and now and then a list of customers
that must not be lost among them.

WHERE: see ../place.py. Half of the flood goes to the watched local folder, half to the volume. Prints what was reached, what was
dropped and how much memory the agent took; exit status 1 when something does not hold: every list is told, on the volume with an
alert; no decision took longer than its budget; whatever was dropped was counted; memory is bounded."""

import argparse
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import place as bench  # noqa: E402
from place import weir  # noqa: E402

DRIVER = os.path.join(bench.TESTS, "bench_flood")
MINUTE_RATE = 1000000 // 60 + 1  # a second, to make a million a minute
LIST_EVERY = 0.5
BUDGET_NS = 2 * 10 ** 9
MEMORY_MIB = 256  # agent and workers together
DROPS = ("report_failed", "inspect_dropped", "fanotify_overflow", "gate_dropped", "labels_refused", "records_bad")
KERNEL_DROPS = ("drop_verdict", "drop_opening", "no_flow", "no_slot", "no_proc", "no_volume")


def memory_mib(pid, field="VmRSS:"):
    """Of a process and its children."""
    total, pids = 0, [pid]
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        pids += [int(child) for child in file.read().split()]
    for one in pids:
        try:
            with open("/proc/%d/status" % one) as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith(field))
        except OSError:
            pass
    return total / 1024


class Lists:
    """Lists of customers, each with numbers of its own, beside the flood."""

    def __init__(self, folders):
        self.folders, self.paths = folders, {kind: [] for kind in folders}

    def write_one(self):
        n = len(self.paths["sink"])
        for kind, folder in self.folders.items():
            path = os.path.join(folder, "list-%d.csv" % n)
            self.paths[kind].append(path)
            try:
                weir.write(path, weir.customers(40 * n + (20 if kind == "local" else 0), 20))
            except PermissionError:
                pass  # refused before the first byte


def flood(where, lab, seconds, rate, writes):
    # FAT's topmost folder has room for some 250 files.
    folders = {"sink": os.path.join(where.volume, "flood"), "local": where.data}
    os.mkdir(folders["sink"])
    lists, most, process = Lists(folders), 0, lab.processes["agent"].pid
    before = memory_mib(process)
    runs = [subprocess.Popen([DRIVER, folder, str(seconds), str(rate // 2), str(writes)], stdout=subprocess.PIPE, text=True)
            for folder in folders.values()]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        lists.write_one()
        time.sleep(LIST_EVERY)
        most = max(most, memory_mib(process))
    figures = dict(zip(folders, (json.loads(run.communicate()[0]) for run in runs)))
    weir.check(not any(run.returncode for run in runs), "a flood ended early")
    return lists, figures, before, most


def told(lab, paths, **options):
    return {event.get("file", {}).get("path") for event in lab.events(**options)} & set(paths)


def await_lists(lab, lists, seconds):
    """Which of them no event tells of."""
    deadline = time.monotonic() + seconds
    while True:
        missing = {"sink": set(lists.paths["sink"]) - told(lab, lists.paths["sink"], newest=5000, only_alerts=True),
                   "local": set(lists.paths["local"]) - told(lab, lists.paths["local"], newest=100000)}
        if not any(missing.values()) or time.monotonic() > deadline:
            return {kind: sorted(paths) for kind, paths in missing.items()}
        time.sleep(2)


def measure(tier, seconds, rate, writes):
    with bench.place(tier) as where, bench.agent(where, tier, console=True) as lab:
        lists, figures, before, most = flood(where, lab, seconds, rate, writes)
        began = time.monotonic()
        bench.quiet(lab)
        settled = time.monotonic() - began
        status = lab.status()
        bench.result({"figures": figures, "seconds": seconds, "lists": len(lists.paths["sink"]),
                      "missing": await_lists(lab, lists, 60), "memory": [before, most], "settled": settled, "gate": status["gate"],
                      "counts": status["counts"], "kernel": status["kernel_counts"]})


def show(where, found):
    """What does not hold."""
    gate, bad = found["gate"], []
    calls = sum(one["opens"] + one["writes"] for one in found["figures"].values())
    print("%s (tier %d): %d openings and writes in %d s, %.2f million a minute" %
          (where, bench.tier_of(where), calls, found["seconds"], calls * 60 / found["seconds"] / 1e6))
    for kind, one in sorted(found["figures"].items()):
        print("  %s: %d openings, longest %.1f ms, %d over 100 ms; %d writes, longest %.1f ms" % (
            kind, one["opens"], one["longest_open_ns"] / 1e6, one["slow_opens"], one["writes"], one["longest_write_ns"] / 1e6))
    print("  decisions of the gate: %d, longest %.1f ms; inspected %d files, quiet %.1f s after the end" % (
        gate["decided"], gate["longest_ns"] / 1e6, found["counts"]["files_inspected"], found["settled"]))
    drops = {name: found["counts"].get(name, 0) for name in DROPS} | {name: found["kernel"].get(name, 0) for name in KERNEL_DROPS}
    print("  dropped: %s" % (", ".join("%s %d" % item for item in drops.items() if item[1]) or "nothing"))
    print("  memory of agent and workers: %.0f MiB before, %.0f at most" % tuple(found["memory"]))
    print("  lists: %d, not told of %d on the volume and %d on local disk" % (
        found["lists"], len(found["missing"]["sink"]), len(found["missing"]["local"])), flush=True)
    if found["missing"]["sink"]:
        bad.append("alerts were lost")
    if found["missing"]["local"] and not drops["inspect_dropped"] + drops["fanotify_overflow"]:
        bad.append("events were lost and not counted")
    if gate["opened_by_deadman"] or gate["longest_ns"] > BUDGET_NS:
        bad.append("a decision was late")
    if found["memory"][1] > MEMORY_MIB:
        bad.append("the agent took more than %d MiB" % MEMORY_MIB)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=MINUTE_RATE, help="openings and writes a second; 0: as many as go")
    parser.add_argument("--writes", type=int, default=4, help="for each opening")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    parser.add_argument("where", nargs="*", metavar="WHERE")
    options = parser.parse_args()
    if options.inside:
        measure(options.inside, options.seconds, options.rate, options.writes)
        return 0
    bad = []
    for where in options.where:
        own = ["--seconds", options.seconds, "--rate", options.rate, "--writes", options.writes]
        bad += show(where, bench.inside(os.path.abspath(__file__), where, own))
    for text in bad:
        print("FAILED: " + text)
    return 1 if bad else 0


if __name__ == "__main__":
    bench.main(main)
