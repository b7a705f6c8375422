#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the fuzz targets look for new inputs, each for a while, from the corpus that the tree keeps for it.

    explore.py [--seconds N] [--cpu] [--jobs N] [--build DIR] [--nice N] [--keep DIR [--until N]] [--all] [TARGET]...

Without TARGET: those that read what the content engine reads and what comes over the network (FOLDERS, NETWORK); --all: every
target. --cpu: the seconds are of processor time, which means the same on a loaded machine. --keep DIR holds the grown corpora,
what was found and how much processor time each target had (TARGET/spent) between runs; --until: a target that had so many seconds in
all is done. Prints a line for each target as it ends: inputs tried, features, and for a finding the end of the
report with the input as base64. Exits 1 when something was found. Needs a build of the preset fuzz."""

import argparse
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The content engine and what surrounds it; the corpora of the others are replayed only.
FOLDERS = ("action", "cli", "content", "documents", "engine", "external", "find", "ipc", "markup", "policy", "unpack", "validate", "view")
# What console and endpoints hear of each other, and of whoever stands in their way.
NETWORK = ("console_head", "console_ingest", "console_query", "console_body", "console_filter", "console_fleet", "console_fleet_body",
           "console_judge", "console_oidc", "robot_answer", "weirctl_answer", "report_say", "opamp_heard", "dsse", "evidence", "ledger",
           "wire", "spool_segment", "batch_ack")
# A run of all tests gives all targets together the time of so many; more targets are explored for less time each.
TIME_OF = 25
MEGABYTES = 1024  # of memory; a target that uses more is a finding
# These reach libarchive, which asks for as much at once as a file says. The worker's limit refuses that, and what follows is what is
# looked for; any other target that asks for so much is a finding.
ASKS = ("unpack", "unpack_mail", "unpack_ooxml", "unpack_pdf", "unpack_tnef", "unpack_zlib")
REFUSED = "allocator_may_return_null=1:max_allocation_size_mb=%d" % MEGABYTES
ONE_INPUT = 10  # seconds by the clock; an input that takes longer is a finding
PATIENCE = 20  # so many times as long where the machine does other work first
LENGTH = 64 << 10
# Those whose inputs say little in few bytes.
LENGTHS = {"unpack": 256 << 10, "unpack_cfb": 256 << 10, "unpack_ooxml": 256 << 10, "unpack_sqlite": 256 << 10}
SHOWN = 3 << 10  # bytes of a found input


class Outcome:
    def __init__(self, found, seconds, text):
        self.found, self.seconds, self.text = found, seconds, text


def targets(everything=False):
    """Names as CMake's weir_fuzz() gets them; a loop over formats is spelled out."""
    names = []
    for path in sorted(HERE.glob("*/CMakeLists.txt")):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^ *weir_fuzz\((\S+)", text, re.MULTILINE):
            loop = re.search(r"foreach\((\w+) ([^)]*)\)\s*weir_fuzz\(" + re.escape(name), text)
            words = loop[2].split() if loop and "${" in name else [""]
            found = [name.replace("${%s}" % loop[1], word) if loop else name for word in words]
            names += [one for one in found if everything or path.parent.name in FOLDERS or one in NETWORK]
    return names


def share(seconds):
    """Seconds for each target where TIME_OF would have `seconds`."""
    return -(-seconds * TIME_OF // max(TIME_OF, len(targets())))


def command(binary, target, seconds, folder, seeds, patience=1):
    refused = ["-malloc_limit_mb=%d" % (1 << 20)] if target in ASKS else []
    return [str(binary), *refused, "-max_total_time=%d" % seconds, "-rss_limit_mb=%d" % MEGABYTES, "-timeout=%d" % (ONE_INPUT * patience),
            "-max_len=%d" % LENGTHS.get(target, LENGTH), "-artifact_prefix=" + folder + "/found-", "-print_final_stats=1",
            "-verbosity=1", folder + "/corpus", *seeds]


def reproducers(folder):
    text = ""
    for path in sorted(Path(folder).glob("found-*")):
        data = path.read_bytes()
        text += "\n%s, %d bytes%s, base64:\n%s" % (path.name, len(data), " (the first of them)" if len(data) > SHOWN else "",
                                                   base64.b64encode(data[:SHOWN]).decode())
    return text


def figures(log):
    """What the target says of itself at its end."""
    tried = re.findall(r"number_of_executed_units: (\d+)", log)
    features = re.findall(r"cov: (\d+) ft: (\d+)", log)
    return "%s inputs, %s features" % (tried[-1] if tried else "?", features[-1][1] if features else "?")


def processor_seconds(pid):
    """What a child that nobody has waited for yet has used."""
    with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
        words = f.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def run_for(words, cpu, **how):
    """Runs a target to its end, or, with cpu, until it has used so many seconds. Returns (exit status, seconds used)."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, **how) as child:
        asked = False
        while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            time.sleep(0.2)
            if cpu and not asked and processor_seconds(child.pid) >= cpu:
                child.send_signal(signal.SIGUSR1)  # libFuzzer ends as at the end of its time
                asked = True
        used = processor_seconds(child.pid)
        return child.wait(), used


def spent(folder, more=0.0):
    """Processor seconds that a target had in all the runs that kept its corpus there."""
    path = Path(folder) / "spent"
    total = (float(path.read_text(encoding="ascii")) if path.exists() else 0.0) + more
    if more:
        path.with_suffix(".new").write_text("%.1f\n" % total, encoding="ascii")
        path.with_suffix(".new").replace(path)
    return total


def explore(build, target, seconds, nice=0, keep=None, cpu=False, until=0):
    """One target for some seconds. The corpus of the tree is read only."""
    start = time.monotonic()
    binary = Path(build).resolve() / "bin" / ("fuzz_" + target)
    if not binary.exists():
        return Outcome(True, 0, "%s is not built" % binary)
    if until and spent(os.path.join(keep, target)) >= until:
        return Outcome(False, 0, "has had %.0f s of processor time" % spent(os.path.join(keep, target)))
    folder = os.path.join(keep, target) if keep else tempfile.mkdtemp(prefix="weir-explore.")
    try:
        os.makedirs(folder + "/corpus", exist_ok=True)
        seeds = HERE / "corpus" / target
        with open(folder + "/log", "w+", encoding="utf-8", errors="replace") as log:
            environment = dict(os.environ, ASAN_OPTIONS=REFUSED) if target in ASKS else None
            words = command(binary, target, 0 if cpu else seconds, folder, [seeds] if seeds.is_dir() else [], PATIENCE if cpu else 1)
            status, used = run_for(["nice", "-n", str(nice)] + words, seconds if cpu else 0, cwd=folder, env=environment, stdout=log)
            log.seek(0)
            text = log.read()
        if keep:
            used = spent(folder, used)
        if status == 0:
            return Outcome(False, time.monotonic() - start, "%s, %.0f s of processor time" % (figures(text), used))
        report = "\n".join(line[:300] for line in text.splitlines() if not line.startswith(("#", "MS:", "0x", "stat::"))
                           and "\\x" not in line)
        return Outcome(True, time.monotonic() - start, "exit %d\n%s%s" % (status, report[-4000:], reproducers(folder)))
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--build", default=str(HERE.parent.parent / "build" / "fuzz"))
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--keep")
    parser.add_argument("--until", type=int, default=0)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true", help="the programs that a build of the fuzz preset must have")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    chosen = options.targets or targets(options.all)
    if options.list:
        print("\n".join("fuzz_" + name for name in chosen))
        return 0
    unknown = set(chosen) - set(targets(True))
    if unknown:
        parser.error("no such target: " + " ".join(sorted(unknown)))
    if options.until and not options.keep:
        parser.error("--until needs --keep")
    keep = os.path.abspath(options.keep) if options.keep else None

    def one(target):
        outcome = explore(options.build, target, options.seconds, options.nice, keep, options.cpu, options.until)
        print("%-5s %s (%.1f s)  %s" % ("FOUND" if outcome.found else "ok", target, outcome.seconds, outcome.text), flush=True)
        return outcome.found

    with ThreadPoolExecutor(options.jobs) as pool:
        return 1 if any(list(pool.map(one, chosen))) else 0


if __name__ == "__main__":
    sys.exit(main())
