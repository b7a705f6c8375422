#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damaged objects of every type, scanned by the real weir scan: cut short, with flipped bits, with blocks swapped, moved or zeroed.

    damage.py [--full | --variants N] [--only LABEL]... [--variant N] [--show N]

None may kill a worker or take longer than a file may (status "error"), and one that was cut and has fewer values than it had must
not be "complete"; texts and codings are free of that, for a text cut short is a shorter text. Prints the outcomes of each
type. 40 variants of each; --full: 10000. --variant N writes that one of the --only type to standard output."""

import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import values  # noqa: E402
import wrap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")
# What is a text, whole at any length. A mail of one part and a folder of mails end where they end.
TEXTS = {"utf-8", "utf-8 with mark", "gb18030", "big5", "utf-16le with mark", "utf-16be with mark", "utf-16le", "utf-16be", "base64",
         "base64url", "base64 twice", "base64 of gb18030", "hex", "hex with spaces", "percent", "json escapes", "html entities",
         "quoted-printable", "html in gbk", "xml", "csv", "json lines", "sql", "mail base64", "mail quoted-printable", "mbox"}
# Checksums stand behind the content of these: a flipped bit that costs a value must show as well.
CHECKED = {"zip", "zip stored", "zip lzma", "zip in zip in zip in gzip", "tar.gz", "tar.xz", "gzip", "bzip2", "xz", "zstd", "7z", "docx",
           "xlsx", "xlsx inline", "pptx", "odt", "ods"}
# What is left of these can't be known for what it was: bytes from the beginning.
KNOWN_BY = {"tar": 512, "mail attachment docx": 512}
MAGIC = 16
SIZES = (4, 50)  # lines of the objects that are damaged
BATCH = 1000
DETECTORS = ("cn_resident_id", "payment_card", "cn_mobile")


def lines(count):
    rnd, out = random.Random(count), []
    for i in range(count):
        out.append(("身份证号：%s", "银行卡号：%s", "手机：%s")[i % 3] % values.KINDS[DETECTORS[i % 3]].make(rnd))
    return out


def cut(rnd, data):
    return data[:rnd.randrange(len(data))]


def flip(rnd, data):
    out = bytearray(data)
    for _ in range(rnd.randint(1, 64) if rnd.random() < 0.5 else 1):
        out[rnd.randrange(len(out))] ^= 1 << rnd.randrange(8)
    return bytes(out)


def swap(rnd, data):
    size = min(rnd.choice((4, 64, 512, 4096)), len(data) // 2)
    a, b = sorted((rnd.randrange(len(data) - size + 1), rnd.randrange(len(data) - size + 1)))
    b = max(b, a + size) if a + 2 * size <= len(data) else b
    out = bytearray(data)
    out[a:a + size], out[b:b + size] = data[b:b + size], data[a:a + size]
    return bytes(out)


def overwrite(rnd, data):
    size = min(rnd.choice((4, 64, 512)), len(data))
    at = rnd.randrange(len(data) - size + 1)
    return data[:at] + rnd.choice((b"\0", b"\xff")) * size + data[at + size:]


def move(rnd, data):
    """A piece goes, or comes twice: every offset behind it is wrong."""
    at, size = rnd.randrange(len(data)), rnd.randint(1, 64)
    return data[:at] + data[at + size:] if rnd.random() < 0.5 else data[:at] + data[at:at + size] + data[at:]


DAMAGES = (("cut", cut), ("cut", cut), ("flip", flip), ("flip", flip), ("swap", swap), ("zero", overwrite), ("move", move))


class Type:
    """The whole objects of a type; variant n is always the same."""

    def __init__(self, label):
        self.label = label
        self.whole = [wrap.WRAPPINGS[label](lines(count)) for count in SIZES]

    def variant(self, n):
        rnd = random.Random("%s %d" % (self.label, n))
        damage, change = DAMAGES[n % len(DAMAGES)]
        return n // len(DAMAGES) % len(SIZES), damage, change(rnd, self.whole[n // len(DAMAGES) % len(SIZES)])


def scan(folder):
    ran = subprocess.run([WEIR, "scan", "--no-state", "--format", "json", folder], capture_output=True, check=False)
    if ran.returncode not in (0, 1, 2):
        sys.exit("weir scan: exit %d\n%s" % (ran.returncode, ran.stderr.decode()[-2000:]))
    answers = [json.loads(line) for line in ran.stdout.decode().splitlines()]
    return {os.path.basename(one["path"]): one for one in answers}


def scan_all(contents):
    with tempfile.TemporaryDirectory(prefix="weir-damage.") as folder:
        for name, data in contents:
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
        return scan(folder)


def distinct(one):
    return [one["distinct"].get(detector, 0) for detector in DETECTORS]


def fewer(one, whole):
    return any(a < b for a, b in zip(distinct(one), whole))


def judge(kind, n, one, whole):
    """What is wrong with this answer, or None."""
    size, damage, data = kind.variant(n)
    if one is None:
        return "no answer"
    if one["status"] == "error":
        return "error: %s" % one["reason"]
    silent = one["status"] == "complete" and fewer(one, whole[size])
    if silent and damage == "cut" and kind.label not in TEXTS and len(data) >= KNOWN_BY.get(kind.label, MAGIC):
        return "cut, complete, and values are gone"
    if silent and damage == "flip" and kind.label in CHECKED and data[:MAGIC] == kind.whole[size][:MAGIC]:
        return "a flipped bit behind a checksum, complete, and values are gone"
    return None


def run(kind, variants, shown):
    """The number of wrong answers among the variants of a type, told in a line."""
    began, outcomes, wrong, slowest = time.monotonic(), collections.Counter(), collections.Counter(), 0
    intact = scan_all([(str(i), data) for i, data in enumerate(kind.whole)])
    whole = [distinct(intact[str(i)]) for i in range(len(SIZES))]
    if any(intact[str(i)]["status"] != "complete" or sum(w) < SIZES[i] for i, w in enumerate(whole)):
        wrong["the whole object is not read: %s" % [(one["status"], one.get("reason"), distinct(one)) for one in intact.values()]] += 1
    for first in range(0, variants, BATCH):
        numbers = range(first, min(variants, first + BATCH))
        since = time.monotonic()
        answers = scan_all((str(n), kind.variant(n)[2]) for n in numbers)
        slowest = max(slowest, time.monotonic() - since)
        for n in numbers:
            one = answers.get(str(n))
            outcomes[one["status"] if one else "none"] += 1
            reason = judge(kind, n, one, whole)
            if reason:
                wrong[reason] += 1
                if sum(wrong.values()) <= shown:
                    print("  %s: variant %d (%s): %s" % (kind.label, n, kind.variant(n)[1], reason))
    print("%-28s %6.1f s  %s%s" % (kind.label, time.monotonic() - began, "  ".join("%s %d" % pair for pair in sorted(outcomes.items())),
                                   "".join("\n  WRONG %d: %s" % (n, reason) for reason, n in wrong.items())), flush=True)
    return sum(wrong.values())


def types(only):
    for label in wrap.WRAPPINGS:
        if only and label not in only:
            continue
        try:
            yield Type(label)
        except UnicodeEncodeError:
            print("%-28s the encoding lacks a character" % label)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=40)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", action="append", choices=sorted(wrap.WRAPPINGS), metavar="LABEL")
    parser.add_argument("--variant", type=int)
    parser.add_argument("--show", type=int, default=5)
    options = parser.parse_args()
    if options.variant is not None:
        for kind in types(options.only):
            sys.stdout.buffer.write(kind.variant(options.variant)[2])
            return 0
    wrong = sum(run(kind, 10000 if options.full else options.variants, options.show) for kind in types(options.only))
    print("%d answers are wrong" % wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
