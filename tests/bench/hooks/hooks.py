#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hooks.py [--rounds N] [--turns N] WHERE...: what one call costs with an agent, and without one in the same run.

WHERE: see ../place.py. In guests the figures are instructions of the caller; on the host nanoseconds by the clock, as there an
opening waits for the agent. "added" and "ratio" are medians over pairs of rounds. In guests a last round has the guard on as well.
The second table has the kernel's own account of each BPF program."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import place as bench  # noqa: E402
from place import weir  # noqa: E402

DRIVER = os.path.join(bench.TESTS, "bench_hooks")


def drive(where, turns, *options):
    """Rows of what the driver prints: [kind, name, ...]."""
    command = " ".join([DRIVER, *options, where.elsewhere, where.volume, where.outside.address, str(turns)])
    done = where.in_cgroup(command)
    weir.check(done.returncode == 0, "bench_hooks: %s" % done.stdout)
    return [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]


def calls(rows):
    return {row[1]: [float(value) for value in row[2:]] for row in rows}


def guarded(where, tier, turns):
    """The agent stays: nothing ends it without an unlock, and the guest is thrown away."""
    config = os.path.join(where.root, "agent.yaml")
    weir.write(config, "protect: {mode: on}\n")
    lab = where.lab(tier, ["--config", config])
    lab.start_agent()
    bench.check_tier(lab, where, tier)
    return calls(drive(where, turns))


def measure(tier, number, turns):
    found = {"none": [], "agent": [], "guard": None, "programs": []}
    with bench.place(tier) as where:
        drive(where, max(turns // 10, 4))
        for _, with_agent in bench.rounds(number):
            if not with_agent:
                found["none"].append(calls(drive(where, turns)))
                continue
            with bench.agent(where, tier):
                found["agent"].append(calls(drive(where, turns)))
                if not found["programs"]:
                    found["programs"] = [row[1:] for row in drive(where, max(turns // 2, 4), "--programs")]
        if tier < 3:
            found["guard"] = guarded(where, tier, turns)
        bench.result(found)


def call_row(name, found, column):
    none, agent = ([one[name][column] for one in found[key]] for key in ("none", "agent"))
    pairs = list(zip(none, agent))
    row = [name, "%.0f" % bench.median(none), "%.0f" % bench.median(agent), "%+.0f" % bench.median(b - a for a, b in pairs),
           "%.3f" % bench.median(b / a for a, b in pairs)]
    if found["guard"]:
        row.append("%+.0f" % (found["guard"][name][column] - bench.median(agent)))
    return row


def show(where, found):
    counted = bench.counts_instructions(where)
    unit = "instructions" if counted else "ns"
    print("%s (tier %d), %s a call" % (where, bench.tier_of(where), unit))
    bench.table(["call", "no agent", "agent", "added", "ratio"] + (["guard adds"] if found["guard"] else []),
                [call_row(name, found, 1 if counted else 0) for name in found["none"][0]])
    print()
    bench.table(["call", "program", "runs a call", unit + " a run"], found["programs"])
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, help="calls a round of the cheapest (400 in a guest, 4000 on the host)")
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    parser.add_argument("where", nargs="*", metavar="WHERE")
    options = parser.parse_args()
    if options.inside:
        measure(options.inside, options.rounds, options.turns)
        return
    for where in options.where:
        turns = options.turns or (400 if bench.counts_instructions(where) else 4000)
        show(where, bench.inside(os.path.abspath(__file__), where, ["--rounds", options.rounds, "--turns", turns]))


if __name__ == "__main__":
    bench.main(main)
