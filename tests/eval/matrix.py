#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recall, cell by cell: every detector in every form, every disguise of numbers with a check digit, each inside every wrapping;
and values whose check digit is wrong, which must stay unreported.

    matrix.py [--quick] [--values N] [--only TEXT] [--keep DIR]

Prints the recall of every row over the wrappings, then the cells that are not whole: those below what this program expects of
them, for which it exits 1, and those that it expects so (EXPECTED). --quick takes one form and two disguises of each detector."""

import argparse
import fnmatch
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import values  # noqa: E402
import wrap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIR = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(ROOT, "build", "dev")), "bin", "weir")
# Cells that are known to be less than whole: row and wrapping (patterns of fnmatch), the least recall, and why. Here stands what
# the wrapping or the disguise itself makes impossible or not worth its false alarms; anything else is a fault.
EXPECTED = [
    ("medical_terms: *", "*", 0.75, "a text that names many terms names some of them twice: different ones are counted"),
    ("vin: disguise: look-alikes", "*", 0.75, "a code holds letters of its own: O and l are digits only where digits stand around"),
    ("cn_uscc: disguise: look-alikes", "*", 0.75, "a code holds letters of its own: O and l are digits only where digits stand around"),
    ("cn_uscc: disguise: circled", "*", 0.75, "one circled digit among letters marks an item of a list"),
]
WORDS = {"cn_resident_id": "身份证号", "cn_residence_permit": "居住证", "cn_foreigner_id": "外国人永久居留身份证", "payment_card": "银行卡号",
         "cn_uscc": "统一社会信用代码", "vin": "车架号"}


class Row:
    """One line of the table: how texts for it are made."""

    def __init__(self, detector, label, spell, valid=True):
        self.detector, self.label, self.spell, self.valid = detector, label, spell, valid


def rows(quick):
    """Every detector and form; every disguise; every spoiled check digit."""
    for detector, kind in values.KINDS.items():
        forms = list(kind.forms.items())
        for label, form in forms[:1] if quick else forms:
            yield Row(detector, label, form)
        if kind.spoil:
            yield Row(detector, "wrong check digit", forms[0][1], valid=False)
        if not kind.checked:
            continue
        disguises = list(values.DISGUISES.items())
        for label, disguise in disguises[:2] if quick else disguises:
            yield Row(detector, "disguise: " + label,
                      lambda v, d=disguise, w=WORDS[detector]: w + "：" + d(v))


def possible(row, label, lines):
    """The bytes of a cell, or the reason why it cannot exist."""
    if any("\n" in line for line in lines) and label in ("xml", "csv", "sql", "json lines", "xlsx", "xlsx inline", "ods", "xls", "sqlite"):
        return None, "a line is a cell there"
    if any("\t" in line for line in lines) and label in ("pdf",):
        return None, "there is no tab there"
    try:
        return wrap.WRAPPINGS[label](lines), None
    except UnicodeEncodeError:
        return None, "the encoding lacks a character"


def make(row, count, seed):
    rnd, kind = random.Random(seed), values.KINDS[row.detector]
    made = []
    while len(made) < count:
        value = kind.make(rnd)
        if not row.valid:
            value = kind.spoil(rnd, value)
        made.append(row.spell(value))
    return made


def write_cells(folder, table, wrappings, count):
    """The files of all cells; returns {file name: (row, wrapping)} and {(row, wrapping): reason} for those that cannot exist."""
    cells, holes = {}, {}
    for r, row in enumerate(table):
        lines = make(row, count, "%s %s" % (row.detector, row.label))
        for w, label in enumerate(wrappings):
            data, reason = possible(row, label, lines)
            if data is None:
                holes[r, w] = reason
                continue
            name = "%d-%d" % (r, w)
            cells[name] = r, w
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
    return cells, holes


def scan(folder, cells):
    ran = subprocess.run([WEIR, "scan", "--no-state", "--format", "json", folder], capture_output=True, check=False)
    if ran.returncode not in (0, 1):
        sys.exit("weir scan: exit %d\n%s" % (ran.returncode, ran.stderr.decode()[-2000:]))
    found = {}
    for line in ran.stdout.decode().splitlines():
        one = json.loads(line)
        found[cells[os.path.basename(one["path"])]] = one
    return found


def share(row, one, count):
    return min(one["distinct"].get(row.detector, 0), count) / count


def judge(table, wrappings, found, count):
    """Recall of each cell; for spoiled values how many were let through rightly."""
    recall = {}
    for cell, one in found.items():
        row = table[cell[0]]
        got = share(row, one, count)
        recall[cell] = got if row.valid else 1 - got
        if one["status"] == "error":
            recall[cell] = 0
    return recall


def expected(row, wrapping, got):
    """Why a cell may be as weak as it is; None: it may not."""
    for pattern, where, least, reason in EXPECTED:
        if fnmatch.fnmatchcase("%s: %s" % (row.detector, row.label), pattern) and fnmatch.fnmatchcase(wrapping, where) and got >= least:
            return reason
    return None


def report(table, wrappings, recall, holes, statuses):
    width = max(len(row.detector) + len(row.label) for row in table) + 2
    for r, row in enumerate(table):
        cells = [recall[r, w] for w in range(len(wrappings)) if (r, w) in recall]
        least = min(cells) if cells else 0
        print("%-*s %5.1f %%  least %3.0f %%  cells %d" % (width, row.detector + ": " + row.label, 100 * sum(cells) / max(1, len(cells)),
                                                     100 * least, len(cells)))
    print()
    for w, label in enumerate(wrappings):
        cells = [recall[r, w] for r in range(len(table)) if (r, w) in recall]
        print("%-28s %5.1f %%  whole %d of %d" % (label, 100 * sum(cells) / max(1, len(cells)), sum(c == 1 for c in cells), len(cells)))
    weak = sorted((cell for cell, got in recall.items() if got < 1), key=lambda cell: (recall[cell], cell))
    known = {cell: expected(table[cell[0]], wrappings[cell[1]], recall[cell]) for cell in weak}
    faults = [cell for cell in weak if known[cell] is None]
    print("\n%d cells, %d whole, %d expected to be less, %d below what is expected, %d cannot exist" % (
        len(recall), len(recall) - len(weak), len(weak) - len(faults), len(faults), len(holes)))
    for title, cells in (("below what is expected", faults), ("expected", [cell for cell in weak if known[cell] is not None])):
        print("%s:%s" % (title, "" if cells else " none"))
        for r, w in cells:
            print("  %3.0f %%  %s: %s  in %s  (%s)" % (100 * recall[r, w], table[r].detector, table[r].label, wrappings[w],
                                                    known[r, w] or statuses[r, w]))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--values", type=int, default=4)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    options = parser.parse_args()
    table = [row for row in rows(options.quick) if options.only in row.detector + ": " + row.label]
    wrappings = list(wrap.WRAPPINGS)
    folder = options.keep or tempfile.mkdtemp(prefix="weir-matrix.")
    os.makedirs(folder, exist_ok=True)
    try:
        cells, holes = write_cells(folder, table, wrappings, options.values)
        found = scan(folder, cells)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    missing = set(cells.values()) - set(found)
    if missing:
        sys.exit("%d files have no result" % len(missing))
    statuses = {cell: one["status"] + (": " + one["reason"] if one.get("reason") else "") for cell, one in found.items()}
    faults = report(table, wrappings, judge(table, wrappings, found, options.values), holes, statuses)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
