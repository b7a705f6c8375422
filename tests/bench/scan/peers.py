#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs that search files, beside weir scan on the same files: MB/s of their own processor time, start-up left out.

    python3 tests/bench/scan/peers.py BUILD [-s SIZE] [-r RUNS] [-c CORPUS ...]

BUILD is the build folder with bin/bench_scan and bin/weir. The peers look for less than weir does: rg and grep for six
shapes of numbers without checks, clamscan for cards and social security numbers
(it ends a file at the third), yara for the six shapes."""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile

PATTERNS = [
    r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx](?![0-9])",
    r"(?<![0-9])[3-6][0-9]{12,18}(?![0-9])",
    r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}",
    r"(?<![0-9A-Za-z])[EGDSP][0-9]{8}(?![0-9])",
    r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])",
]
SIGNATURE = b"bench.never:0:*:7765697262656e63686e6576657261707065617273\n"


def plain(pattern):
    """For engines without look-around."""
    return pattern.replace("(?<![0-9])", r"\b").replace("(?![0-9])", r"\b") \
        .replace("(?<![0-9A-Za-z])", r"\b").replace("(?![0-9A-Za-z])", r"\b")


def yara_rules():
    strings = []
    for number, pattern in enumerate(PATTERNS):
        strings.append(f"    $p{number} = /{plain(pattern).replace('(?:', '(')}/")
    return "rule bench {\n  strings:\n" + "\n".join(strings) + "\n  condition:\n    any of them\n}\n"


def commands(build, folder):
    """Name and command; FILE stands for the file."""
    either = "|".join(PATTERNS)
    rules, signatures = os.path.join(folder, "rules.yar"), os.path.join(folder, "bench.ndb")
    with open(rules, "w", encoding="ascii") as out:
        out.write(yara_rules())
    with open(signatures, "wb") as out:
        out.write(SIGNATURE)
    return [
        ("weir scan", [os.path.join(build, "bin", "weir"), "scan", "--no-state", "--jobs", "1", "FILE"]),
        ("rg", ["rg", "-j1", "-a", "-c", "--no-config", "|".join(map(plain, PATTERNS)), "FILE"]),
        ("rg -P", ["rg", "-j1", "-a", "-c", "-P", "--no-config", either, "FILE"]),
        ("grep -P", ["grep", "-a", "-c", "-P", either, "FILE"]),
        ("clamscan", ["clamscan", "--no-summary", "-d", signatures, "--detect-structured=yes",
                      "--max-filesize=1000M", "--max-scansize=1000M", "FILE"]),
        ("yara", ["yara", "-w", "-p", "1", rules, "FILE"]),
    ]


def seconds(command, path):
    """Processor time of one run, or None when it failed."""
    command = [path if word == "FILE" else word for word in command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # grep ends at the first match when its output goes to /dev/null
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        print(f"  {os.path.basename(command[0])} ended with {done.returncode}: {' '.join(reason)}")
        return None
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(programs, path, empty, runs):
    """Medians of MB/s; rounds go over all programs, so that load falls on all of them."""
    size, speeds = os.path.getsize(path), {name: [] for name, _ in programs}
    for _ in range(runs):
        for name, command in programs:
            if speeds[name] is None:
                continue
            start, took = seconds(command, empty), seconds(command, path)
            if start is None or took is None:
                speeds[name] = None
                continue
            speeds[name].append(size / 1e6 / max(took - start, 0.001))
    return {name: statistics.median(got) if got else None for name, got in speeds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("-s", "--size", default="16MiB", help="of each corpus (16MiB)")
    parser.add_argument("-r", "--runs", type=int, default=3, help="median of so many (3)")
    parser.add_argument("-c", "--corpus", nargs="+", default=["text", "csv", "logs", "source", "random"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(options.build, "bin", "bench_scan"), "--size", options.size, "--write", folder],
                       check=True, stdout=subprocess.DEVNULL)
        empty = os.path.join(folder, "empty")
        with open(empty, "wb") as out:
            out.write(b"\n")
        programs = []
        for name, command in commands(options.build, folder):
            if shutil.which(command[0]):
                programs.append((name, command))
            else:
                print(f"{name}: {command[0]} is missing, left out")
        rows = {}
        for corpus in options.corpus:
            rows[corpus] = measure(programs, os.path.join(folder, corpus), empty, options.runs)
        print(f"{'MB/s (weir is so many times)':30}" + "".join(f"{corpus:>17}" for corpus in options.corpus))
        for name, _ in programs:
            line = f"{name:30}"
            for corpus in options.corpus:
                speed, weir = rows[corpus][name], rows[corpus].get("weir scan")
                cell = "-" if speed is None else f"{speed:.1f}"
                if speed and weir and name != "weir scan":
                    cell += f" ({weir / speed:.2f})"
                line += f"{cell:>17}"
            print(line)


if __name__ == "__main__":
    main()
