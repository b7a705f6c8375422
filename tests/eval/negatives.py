#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""False positives on what others wrote: documentation, source code, logs, word lists and Chinese text as Debian packages ship them.

    negatives.py [PATH...]
    negatives.py --full [--cache DIR] [--only CORPUS]... [--fetch-only]
    both: [--shapes DETECTOR]... [--show N]

Scans with weir scan at confidence 70 and prints, per detector, what was reported, and per GB of text. Exits 1 when a detector is
above its limit, too little ground was searched, or the processes together took more than 200 MiB. Without a PATH it takes at most
60 MB of what this machine has of others anyway. --full downloads and unpacks packages into DIR (~/.cache/weir-eval, 8 GB; nothing
is installed). --shapes shows where a detector struck, with digits as 9 and letters as a or A. README.md says how hits are counted."""

import argparse
import collections
import gzip
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")
# Hits per GB (10^9 bytes) of text that are too many. The others are stated.
LIMITS = {"cn_resident_id": 0, "payment_card": 20, "cn_uscc": 20, "cn_mobile": 100}
CONFIDENCE, HIGH = 70, 85
MEMORY = 200 << 20
MEGABYTE, GIGABYTE = 10 ** 6, 10 ** 9

CORPORA = {
    "documentation": """linux-doc-6.1 debian-handbook debian-reference-en debian-reference-fr debian-reference-ja python3.11-doc
        libreoffice-help-en-us manpages manpages-dev lilypond-doc-html postgresql-doc-15 libboost1.74-doc sqlite3-doc openjdk-17-doc
        lazarus-doc-2.2 gnucash-docs gnome-user-docs installation-guide-amd64 harden-doc git-doc bind9-doc""",
    "source": """linux-source-6.1 gcc-12-source golang-1.19-src libpython3.11-stdlib libpython3.11-testsuite python3-numpy r-base-core
        node-lodash-packages emacs-common libcoq-coqprime libjs-mathjax php-horde-kolab-storage libmail-box-perl""",
    "chinese": """libreoffice-help-zh-cn libreoffice-help-zh-tw libreoffice-l10n-zh-cn libreoffice-l10n-zh-tw gimp-help-zh-cn manpages-zh
        kicad-doc-zh lilypond-doc-html-zh linuxcnc-doc-zh-cn debian-edu-doc-zh-cn debian-reference-zh-cn debian-reference-zh-tw
        debian-faq-zh-cn maint-guide-zh-cn fortunes-zh texlive-lang-chinese python3-jieba python-jieba-doc pinyin-database
        rime-data-array30 rime-data-jyut6ping3 rime-data-loengfan rime-data-zyenpheng rime-data-cangjie5 rime-data-terra-pinyin
        rime-data-luna-pinyin rime-data-wugniu rime-data-quick5 rime-data-soutzoe rime-data-stroke rime-data-wubi rime-essay
        ibus-table-wubi ibus-table-cangjie5 ibus-table-cangjie-big scim-tables-zh gcin-tables hime-tables zhcon-data fcitx-pinyin
        openvanilla-imgeneric-data-zh-tw openvanilla-imgeneric-data-zh-cn libcangjie2-data libchewing3-data
        golang-github-mozillazg-go-pinyin-dev""",
    "words": "wamerican-insane wbritish-insane scowl edict dict-freedict-deu-eng stardict-common",
    "places and codes": "iso-codes tzdata unicode-data unicode-cldr-core python3-phonenumbers libkf5i18n-data chromium-l10n wesnoth-1.16-data",
    "logs": "fail2ban logwatch modsecurity-crs exim4-base",
}
LOGS = ("dpkg.log", "alternatives.log", "fontconfig.log")
# Text bytes that a whole run must search.
GROUND = {"documentation": 300 * MEGABYTE, "source": 300 * MEGABYTE, "chinese": 200 * MEGABYTE}
GROUND_TOTAL = GIGABYTE
QUICK = ("/usr/share/doc", "/usr/share/common-licenses", "/usr/include", "/usr/lib/python3", "/usr/lib/python3.11")
QUICK_BYTES = 60 * MEGABYTE


def run(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          **options)
    if done.returncode:
        raise OSError("%s: exit %d: %s" % (" ".join(command[:3]), done.returncode, done.stderr.strip()[-300:]))
    return done.stdout


def unpack_tarballs(folder):
    """Source packages ship an archive: its files, as they lie on a developer's disk."""
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if re.search(r"\.tar\.(xz|gz|bz2)$", name) and os.path.getsize(path) > MEGABYTE:
                with tarfile.open(path) as archive:
                    archive.extractall(base, filter="data")
                os.unlink(path)


def fetch(package, cache):
    """The folder of a package, made when it is not there, and its version."""
    debs, folder = os.path.join(cache, "debs"), os.path.join(cache, "tree", package)
    os.makedirs(debs, exist_ok=True)
    found = [name for name in sorted(os.listdir(debs)) if name.startswith(package + "_") and name.endswith(".deb")]
    if not found:
        run(["apt-get", "download", "-q", package], cwd=debs)
        found = [name for name in sorted(os.listdir(debs)) if name.startswith(package + "_") and name.endswith(".deb")]
    deb = os.path.join(debs, found[-1])
    if not os.path.isdir(folder):
        part = folder + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        run(["dpkg-deb", "-x", deb, part])
        unpack_tarballs(part)
        os.rename(part, folder)
    return folder, run(["dpkg-deb", "-f", deb, "Version"]).strip()


class Memory(threading.Thread):
    """The proportional set size of a process and all below it, the most that was seen."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0, False

    def family(self):
        todo, found = [self.pid], []
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir("/proc/%d/task" % pid):
                    with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as f:
                        todo += [int(child) for child in f.read().split()]
            except OSError:
                pass
        return found

    def run(self):
        while not self.ended:
            total = 0
            for pid in self.family():
                try:
                    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
                        total += sum(int(line.split()[1]) << 10 for line in f if line.startswith("Pss:"))
                except (OSError, ValueError):
                    pass
            self.most = max(self.most, total)
            time.sleep(0.03)


class Tally:
    """What one scan reported."""

    def __init__(self):
        self.text = self.raw = self.files = self.memory = 0
        self.seconds = 0.0
        self.hits, self.high, self.distinct = collections.Counter(), collections.Counter(), collections.Counter()
        self.where, self.grounds = collections.defaultdict(collections.Counter), collections.Counter()
        self.marks = collections.defaultdict(list)
        self.errors, self.unread = [], collections.Counter()

    def add(self, one, ground):
        self.files += 1
        self.raw += one["bytes"]
        if one["status"] == "complete":
            self.text += one["bytes"]
            self.grounds[ground] += one["bytes"]
        else:
            self.unread[one["status"], one["reason"]] += one["bytes"]
        if one["status"] == "error":
            self.errors.append("%s: %s" % (one["path"], one["reason"]))
        listed = collections.Counter(finding["detector"] for finding in one["findings"])
        for detector, distinct in one["distinct"].items():
            hits = max(distinct, listed[detector])
            self.hits[detector] += hits
            self.distinct[detector] += distinct
            self.where[detector][ground] += hits
        for finding in one["findings"]:
            self.high[finding["detector"]] += finding["confidence"] >= HIGH
            self.marks[finding["detector"]].append((one["path"], finding))


def scan(paths, ground, tally):
    """ground: names the ground that a path belongs to."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        with subprocess.Popen([WEIR, "scan", "--no-state", "--format", "json", "--min-confidence", str(CONFIDENCE), *paths],
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE) as process:
            memory = Memory(process.pid)
            memory.start()
            complaint = process.communicate()[1]
            memory.ended = True
            memory.join()
        tally.seconds += time.monotonic() - start
        tally.memory = max(tally.memory, memory.most)
        if process.returncode not in (0, 1, 2):
            raise OSError("weir scan: exit %d\n%s" % (process.returncode, complaint.decode(errors="replace")[-2000:]))
        output.seek(0)
        for line in output:
            one = json.loads(line)
            tally.add(one, ground(one["path"]))


def quick_files():
    """At most QUICK_BYTES of the QUICK folders, an equal share of each, the same ones every time."""
    chosen = []
    roots = [root for root in QUICK if os.path.isdir(root)]
    for root in roots:
        files = []
        for base, _, names in os.walk(root):
            files += [os.path.join(base, name) for name in names]
        left = QUICK_BYTES // len(roots)
        for path in sorted(files, key=lambda p: hashlib.sha256(p.encode(errors="surrogateescape")).digest()):
            size = os.lstat(path).st_size
            if os.path.islink(path) or not os.path.isfile(path) or size > left:
                continue
            left -= size
            chosen.append(path)
    return sorted(chosen)


def batches(paths, limit=1 << 20):
    batch, size = [], 0
    for path in paths:
        if size + len(path) > limit:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 9
    if batch:
        yield batch


def shape(data):
    """No value, only how it is written: hanzi stay."""
    def sign(c):
        if c.isdigit():
            return "9"
        if c < " " or c == "\x7f":
            return "·"
        return c if "\u3400" <= c <= "\u9fff" or not c.isalpha() else "A" if c.isupper() else "a"
    return "".join(map(sign, data.decode("utf-8", "replace")))


def show_shapes(tally, detector, count):
    for path, finding in tally.marks[detector][:count]:
        try:
            with open(path, "rb") as f:
                data = f.read()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        except (OSError, EOFError):
            continue
        start, end = finding["offset"], finding["offset"] + finding["length"]
        print("  %3d  %s %s\n       %s[%s]%s" % (finding["confidence"], path, finding.get("part", ""), shape(data[max(0, start - 40):start]),
                                             shape(data[start:min(end, start + 120)]), shape(data[end:end + 30])))


def report(tally, limits):
    """Prints the table; returns what is too much."""
    wrong, gigabytes = [], tally.text / GIGABYTE
    print("\n%-20s %8s %8s %8s %8s %10s %6s  %s" % ("detector", "hits>=70", "per GB", ">=85", "per GB", "distinct", "limit", "where"))
    for detector in sorted(set(tally.hits) | set(LIMITS), key=lambda d: (d not in LIMITS, -tally.hits[d])):
        hits, limit = tally.hits[detector], limits.get(detector)
        where = ", ".join("%s %d" % pair for pair in tally.where[detector].most_common(4))
        print("%-20s %8d %8.1f %8d %8.1f %10d %6s  %s" % (detector, hits, hits / gigabytes, tally.high[detector],
                                                       tally.high[detector] / gigabytes, tally.distinct[detector],
                                                       "" if limit is None else limit, where))
        if limit is not None and hits > limit:
            wrong.append("%s: %d hits, %d allowed" % (detector, hits, limit))
    print("\n%d files, %.1f MB of text (%.1f MB looked at), %.1f s, %.1f MB/s, %.1f MiB of memory at most" % (
        tally.files, tally.text / MEGABYTE, tally.raw / MEGABYTE, tally.seconds, tally.raw / MEGABYTE / max(tally.seconds, 0.001),
        tally.memory / (1 << 20)))
    for (status, reason), size in tally.unread.most_common(8):
        print("  not counted as text: %8.1f MB %s: %s" % (size / MEGABYTE, status, reason))
    if tally.memory > MEMORY:
        wrong.append("memory: %d MiB" % (tally.memory >> 20))
    return wrong + tally.errors


def scaled(tally):
    return {detector: math.ceil(limit * tally.text / GIGABYTE) for detector, limit in LIMITS.items()}


def run_quick(tally):
    for batch in batches(quick_files()):
        scan(batch, lambda path: "/".join(path.split("/")[:4]), tally)
    return [] if tally.text > MEGABYTE else ["no ground: %d bytes of text" % tally.text]


def fetch_all(cache, only):
    """{folder: (corpus, package, version)} of what is to be had."""
    folders = {}
    for corpus, packages in CORPORA.items():
        for package in packages.split() if not only or corpus in only else []:
            try:
                folder, version = fetch(package, cache)
                folders[folder] = corpus, package, version
            except OSError as error:
                print("%s is not to be had: %s" % (package, error), flush=True)
    return folders


def run_corpora(tally, cache, only, fetch_only):
    """Fetches and scans; returns what is missing."""
    folders = fetch_all(cache, only)
    logs = ["/var/log/" + name for name in LOGS if not only or "logs" in only]
    folders.update({log: ("logs", log, "of this machine") for log in logs if os.access(log, os.R_OK)})
    if fetch_only:
        return []
    depth = len(os.path.join(cache, "tree", "package").split("/"))
    scan(list(folders), lambda path: path if path in folders else "/".join(path.split("/")[:depth]), tally)
    corpora = collections.Counter()
    for folder, (corpus, package, version) in folders.items():
        corpora[corpus] += tally.grounds[folder]
        print("%-18s %-40s %-36s %8.1f MB" % (corpus, package, version, tally.grounds[folder] / MEGABYTE))
    print("\n" + ", ".join("%s %.1f MB" % (corpus, text / MEGABYTE) for corpus, text in corpora.items()))
    for places in tally.where.values():
        for folder in list(places):
            places[folders[folder][1]] = places.pop(folder)
    if only:
        return []
    missing = ["too little of %s: %d bytes" % (corpus, corpora[corpus]) for corpus, least in GROUND.items() if corpora[corpus] < least]
    return missing + (["too little ground: %d bytes" % tally.text] if tally.text < GROUND_TOTAL else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/weir-eval"), type=os.path.abspath, metavar="DIR")
    parser.add_argument("--only", action="append", choices=list(CORPORA), metavar="CORPUS", help=", ".join(CORPORA))
    parser.add_argument("--fetch-only", action="store_true")
    parser.add_argument("--shapes", action="append", default=[], metavar="DETECTOR")
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    tally = Tally()
    if options.paths:
        scan(options.paths, os.path.dirname, tally)
        wrong = []
    elif options.full:
        wrong = run_corpora(tally, options.cache, options.only, options.fetch_only)
    else:
        wrong = run_quick(tally)
    if options.fetch_only or not tally.text:
        return 1 if wrong else 0
    wrong += report(tally, scaled(tally))
    for detector in options.shapes:
        print("\n" + detector)
        show_shapes(tally, detector, options.show)
    for line in wrong:
        print("FAIL: " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
