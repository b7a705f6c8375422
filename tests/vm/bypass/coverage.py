#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage.py DIR: writes docs/coverage.md from the verdicts that run.py -o DIR has kept."""

import collections
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import exceptions  # noqa: E402
import techniques  # noqa: E402
from judge import AT_CLOSE, BLOCKED, BROKEN, FIRST_BYTE, IMPOSSIBLE, MISSED  # noqa: E402
from run import TIERS  # noqa: E402
from techniques import weir  # noqa: E402

MARKS = {FIRST_BYTE: "0", BLOCKED: "b", AT_CLOSE: "c", MISSED: "**M**", BROKEN: "**?**", IMPOSSIBLE: "-", None: ""}
HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# What is covered, technique by technique

Written by `tests/vm/bypass/coverage.py` from runs of the bypass suite ([how it works](../tests/vm/bypass/README.md)); do not edit it.
Policy: the default one. Each technique brings {customers} resident IDs of its own to the target, five are refused. Each was run
without an agent first, and counts only where they arrived.

| mark | outcome | 结果 |
|---|---|---|
| 0 | refused before the first byte landed | 首字节前阻止 |
| b | refused after some of it; what landed was overwritten | 途中阻止，已覆写 |
| c | caught when the file was closed, or by an agent that came back, and overwritten | 关闭时或代理恢复后发现并覆写 |
| **M** | missed: at least one identifier is on the medium | 漏过 |
| **?** | hung, or nothing arrived and no event says why | 异常 |
| - | not possible there, without an agent either | 不适用 |

In each cell: stick / share. A device has no share. The marks of tier 1 and 2 come from the raw image of the stick, read from
outside the guest, and from the shared folder on the host; those of tier 3 from the images behind the loop devices.
"""


def columns(folder):
    """[(title, tier, {key: (outcome, note)})], best tier first, and {title: the commit that it was run at}."""
    found = []
    for name in os.listdir(folder):
        where = name[:-len(".json")]
        kernel, _, hook = where.rpartition("-")
        with open(os.path.join(folder, name)) as file:
            found.append((TIERS[hook or where], kernel, json.load(file)))
    found.sort(key=lambda column: (column[0], [int(part) for part in column[1].split("-")[0].split(".") if part]))
    titles = ["tier %d, %s" % (tier, kernel or "this machine") for tier, kernel, _ in found]
    return ([(title, tier, run["verdicts"]) for title, (tier, _, run) in zip(titles, found)],
            {title: run["commit"] for title, (_, _, run) in zip(titles, found)})


def cell(row, verdicts):
    outcomes = [verdicts.get(row.name + "@" + target, [None])[0] for target in row.targets()]
    return " / ".join(MARKS[outcome] for outcome in outcomes).strip(" /")


def table(rows, families, found):
    lines, family = [], None
    for row in rows:
        if row.family != family:
            family = row.family
            lines += ["", "## %s %s" % families[family], "",
                      "| technique | 方式 | " + " | ".join(title for title, _, _ in found) + " |",
                      "|---" * (2 + len(found)) + "|"]
        lines.append("| %s (`%s`) | %s | %s |" % (row.title, row.name, row.chinese,
                                                  " | ".join(cell(row, verdicts) for _, _, verdicts in found)))
    return lines


def sums(found, commits):
    order = (FIRST_BYTE, BLOCKED, AT_CLOSE, MISSED, BROKEN, IMPOSSIBLE)
    lines = ["", "## In all", "", "| | " + " | ".join(order) + " | commit |", "|---" * (2 + len(order)) + "|"]
    for title, _, verdicts in found:
        count = collections.Counter(outcome for outcome, _ in verdicts.values())
        lines.append("| %s | %s | %s |" % (title, " | ".join(str(count[outcome]) for outcome in order), commits[title]))
    return lines


def missed(rows, found):
    """[(reason, technique, tiers, targets)] of what was missed; what has no reason is named as such."""
    where = collections.defaultdict(lambda: (set(), set()))
    for _, tier, verdicts in found:
        for row in rows:
            for target in row.targets():
                outcome, _ = verdicts.get(row.name + "@" + target, (None, ""))
                if outcome in (MISSED, BROKEN):
                    key = exceptions.reason(row.name, tier, target) or "not excused: a defect", row.name
                    where[key][0].add(str(tier))
                    where[key][1].add(target)
    return [(reason, name, tuple(sorted(tiers)), tuple(sorted(targets))) for (reason, name), (tiers, targets) in where.items()]


def excepted(rows, found):
    names = collections.defaultdict(list)
    for reason, name, tiers, targets in missed(rows, found):
        names[reason, tiers, targets].append("`%s`" % name)
    lines = ["", "## Missed, and why", "", "| reason | tier | target | techniques |", "|---|---|---|---|"]
    return lines + ["| %s | %s | %s | %s |" % (reason, ", ".join(tiers), ", ".join(targets), " ".join(which))
                    for (reason, tiers, targets), which in sorted(names.items())]


def impossible(rows, found):
    names = collections.defaultdict(list)
    for title, _, verdicts in found:
        for row in rows:
            for target in row.targets():
                outcome, note = verdicts.get(row.name + "@" + target, (None, ""))
                if outcome == IMPOSSIBLE:
                    said = [words for words in note.split("; ") if words.startswith("refused")]
                    names[title, target, said[0][len("refused "):] if said else "it fails"].append("`%s`" % row.name)
    lines = ["", "## Not possible", "", "| where | target | what the kernel says | techniques |", "|---|---|---|---|"]
    return lines + ["| %s | %s | %s | %s |" % (*key, " ".join(which)) for key, which in sorted(names.items())]


def main():
    rows, families = techniques.load()
    found, commits = columns(sys.argv[1])
    lines = [HEAD.format(customers=techniques.CUSTOMERS)[:-1]] + sums(found, commits) + excepted(rows, found) + \
        table(rows, families, found) + impossible(rows, found)
    with open(os.path.join(weir.TREE, "docs", "coverage.md"), "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
