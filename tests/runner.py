#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the built tests for tests/run: the CTest suites of two builds, the scripts of each folder, the evaluations, and the
fuzz targets on the look-out for new inputs.

Prints a line for each test as it ends, the last lines of what failed, and the closing line that others read.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))
import explore  # noqa: E402

CTEST_LABELS = ("unit", "fuzz", "integration", "bpf")
# Programs are loaded into the kernel by one build only; sanitizers see nothing of them.
SANITIZED = ("unit", "fuzz", "integration")
# Folder: how many of its scripts run at once, and seconds for each. Those that change mounts, namespaces or hooks of
# this machine run alone. Guests are slow here and two of them are all that two CPUs carry.
SCRIPT_FOLDERS = {
    "check": (2, 900),
    "integration": (1, 600),
    "bpf": (1, 600),
    "e2e": (1, 900),
    "vm": (3, 1800),  # guests have slots of their own: what waits for one leaves the other to somebody else
}
# Programs of tests/eval, in the size of each run of all tests (their own --full has the great numbers), and seconds for each.
EVALUATIONS = {"detect.py": 600, "damage.py": 600, "bombs.py": 300, "matrix.py": 600, "negatives.py": 300}
LABELS = sorted(set(CTEST_LABELS) | set(SCRIPT_FOLDERS) | {"eval", "explore"})
# Fuzz targets look for new inputs for so long (explore.share() has it exactly); 0: not at all.
EXPLORE_SECONDS = int(os.environ.get("WEIR_FUZZ_SECONDS") or 60)
SKIPPED = 77
TAIL = 60
# What failed is said again at the end, where a reader of a long output looks first.
LAST = 12


class Results:
    def __init__(self):
        self.count = {"ok": 0, "FAIL": 0, "skip": 0}
        self.failed = []
        self.lock = threading.Lock()

    def add(self, verdict, name, seconds, output=""):
        lines = output.rstrip("\n").splitlines()
        reason = "  " + lines[-1] if verdict == "skip" and lines else ""
        text = f"{verdict:<5} {name} ({seconds:.1f} s){reason}\n"
        if verdict == "FAIL":
            text += "".join(f"      | {line}\n" for line in lines[-TAIL:])
        with self.lock:
            self.count[verdict] += 1
            if verdict == "FAIL":
                self.failed.append((name, lines[-LAST:]))
            sys.stdout.write(text)
            sys.stdout.flush()

    def close(self):
        for name, lines in self.failed:
            print("\n".join([f"FAIL  {name}", *(f"      | {line}" for line in lines)]))
        if self.failed:
            print("failed: " + " ".join(name for name, _ in self.failed))
        print("%d passed, %d failed, %d skipped" % (self.count["ok"], self.count["FAIL"], self.count["skip"]))
        return 1 if self.failed else 0


def ctest(build, labels, *options):
    pattern = "^(" + "|".join(labels) + ")$"
    return ["ctest", "--test-dir", str(ROOT / "build" / build), "-L", pattern, "--no-tests=ignore", *options]


def ctest_names(build, labels):
    listing = subprocess.run(ctest(build, labels, "--show-only=json-v1"), stdout=subprocess.PIPE, check=True).stdout
    return [test["name"] for test in json.loads(listing)["tests"]]


def ctest_progress(line, prefix, results):
    """A test that passed is told at once; the others wait for the report, which has their output."""
    match = re.match(r" *\d+/\d+ Test +#\d+: (\S+) \.+ +Passed +([0-9.]+) sec", line)
    if match:
        results.add("ok", prefix + match[1], float(match[2]))


def ctest_report(path, prefix, results):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            continue
        detail = case.find("failure" if status == "fail" else "skipped")
        reason = detail.get("message") or "" if detail is not None else ""
        # A test whose executable is missing is "notrun" like one that skipped itself; only the reason tells them apart.
        verdict = "skip" if status == "disabled" or reason.startswith("SKIP_") else "FAIL"
        output = (case.findtext("system-out") or "").rstrip("\n")
        if verdict == "FAIL":
            output += "\n" + reason
        results.add(verdict, prefix + case.get("name"), float(case.get("time") or 0), output)


def run_ctest(build, labels, prefix, results):
    names = ctest_names(build, labels) if labels else []
    if not names:
        return
    before = sum(results.count.values())
    with tempfile.TemporaryDirectory() as temp:
        report = os.path.join(temp, "report.xml")
        # Of long output CTest keeps the beginning unless told otherwise; the end tells why a test failed.
        options = ["-j", str(os.cpu_count() or 1), "--output-junit", report, "--test-output-truncation", "head"]
        with subprocess.Popen(ctest(build, labels, *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            for line in process.stdout:
                ctest_progress(line, prefix, results)
        if os.path.exists(report):
            ctest_report(report, prefix, results)
    for _ in range(len(names) - (sum(results.count.values()) - before)):
        results.add("FAIL", prefix + "ctest", 0, "a test of this build has no result")


def scripts(folder):
    found = [path for path in (ROOT / "tests" / folder).glob("test-*") if path.suffix in (".sh", ".py")]
    return sorted(path for path in found if os.access(path, os.X_OK))


def script_name(path):
    return str(path.relative_to(ROOT / "tests"))


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_script(path, limit, results):
    """In a session of its own, so that nothing it started outlives it; into a file, as a pipe would wait for that."""
    start = time.monotonic()
    environment = dict(os.environ, WEIR_BUILD=str(ROOT / "build" / "dev"))
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([str(path)], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        late = ""
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            late = f"\ntime-out after {limit} s"
            status = -1
            time.sleep(2)
        end_group(process.pid)
        process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace") + late
    verdict = {0: "ok", SKIPPED: "skip"}.get(status, "FAIL")
    results.add(verdict, script_name(path), time.monotonic() - start, text)


def prepare_guests(results):
    """Images are made before the clock of the first test runs. A kernel that the archive does not offer is its own test's to skip."""
    tools = ROOT / "tests" / "vm"
    listing = subprocess.run([str(tools / "kernel"), "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for command in (["root"], *(["kernel", kernel] for kernel in listing.split())):
        done = subprocess.run([str(tools / command[0]), *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, SKIPPED):
            results.add("FAIL", "vm/" + " ".join(command), 0, done.stderr)
            return False
    return True


def run_folder(folder, results):
    at_once, limit = SCRIPT_FOLDERS[folder]
    found = scripts(folder)
    if not found or (folder == "vm" and not prepare_guests(results)):
        return
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda path: run_script(path, limit, results), found))


def evaluations():
    return [ROOT / "tests" / "eval" / name for name in EVALUATIONS if (ROOT / "tests" / "eval" / name).exists()]


def run_evaluations(results):
    """One at a time: the programs that they start use all processors."""
    for path in evaluations():
        run_script(path, EVALUATIONS[path.name], results)


def run_explore(results):
    """What the fuzz targets find in a while from here is a failure. Two at a time, they are one thread each."""
    seconds = explore.share(EXPLORE_SECONDS)

    def one(target):
        outcome = explore.explore(ROOT / "build" / "fuzz", target, seconds)
        results.add("FAIL" if outcome.found else "ok", "explore:" + target, outcome.seconds, outcome.text)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(one, explore.targets() if EXPLORE_SECONDS > 0 else []))


def list_ctest(build, labels, prefix):
    if not (ROOT / "build" / build / "CTestTestfile.cmake").exists():
        print(f"not listed, as build/{build} is not configured: its tests of {', '.join(labels)}", file=sys.stderr)
        return
    for name in ctest_names(build, labels):
        print(prefix + name)


def list_tests(labels):
    for prefix, build, some in (("", "dev", CTEST_LABELS), ("asan:", "asan", SANITIZED)):
        some = [label for label in some if label in labels]
        if some:
            list_ctest(build, some, prefix)
    for folder in SCRIPT_FOLDERS:
        for path in scripts(folder) if folder in labels else []:
            print(script_name(path))
    for path in evaluations() if "eval" in labels else []:
        print(script_name(path))
    for target in explore.targets() if "explore" in labels else []:
        print("explore:" + target)
    return 0


def main():
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("--only", action="append", choices=LABELS, metavar="LABEL", help=", ".join(LABELS))
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    labels = arguments.only or LABELS
    if arguments.list:
        return list_tests(labels)
    results = Results()
    run_ctest("dev", [label for label in CTEST_LABELS if label in labels], "", results)
    run_ctest("asan", [label for label in SANITIZED if label in labels], "asan:", results)
    for folder in SCRIPT_FOLDERS:
        if folder in labels:
            run_folder(folder, results)
    if "eval" in labels:
        run_evaluations(results)
    if "explore" in labels:
        run_explore(results)
    return results.close()


if __name__ == "__main__":
    sys.exit(main())
