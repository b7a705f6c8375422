# SPDX-License-Identifier: Apache-2.0
"""What became of a technique, from evidence: what it was told, what lies on the volume, what the agent reported, and what the raw
medium holds, read from outside."""

import base64
import dataclasses
import os
import re

from techniques import LIMIT, PREFIX, TELLING

FIRST_BYTE, BLOCKED, AT_CLOSE, MISSED, IMPOSSIBLE, BROKEN = "first byte", "blocked", "at close", "missed", "not possible", "broken"

TELLING_DIGITS = b"(?=(%s[0-9]{%d}))" % (PREFIX, TELLING - len(PREFIX))


@dataclasses.dataclass
class Verdict:
    outcome: str
    note: str = ""


class Medium:
    """Everything that is on the media of one target: raw images, or a folder with its names and files."""

    def __init__(self, paths):
        self.parts = []
        for path in paths:
            if os.path.isdir(path):
                for folder, folders, files in os.walk(path):
                    self.parts += [os.path.join(folder, name).encode() for name in folders + files]
                    self.parts += [self._read(os.path.join(folder, name)) for name in files]
            else:
                self.parts.append(self._read(path))
        # One pass for all identifiers; they may overlap.
        self.numbers = {number for part in self.parts for number in re.findall(TELLING_DIGITS, part)}

    @staticmethod
    def _read(path):
        if os.path.islink(path):
            return os.readlink(path).encode()
        with open(path, "rb") as file:
            return file.read()

    def holds(self, data):
        return any(data in part for part in self.parts)


def landed(row, result, medium, control):
    """How many identifiers of a technique are on the volume or the medium. Encoded ones cannot be told apart: all, when half of the
    control's bytes are there or some from their middle are on the medium, else none."""
    if row.encoded:
        middle = base64.b64decode(control.get("middle", ""))
        seen = result["bytes"] > control["bytes"] // 2 or (bool(middle) and medium.holds(middle))
        return len(row.needles()) if seen else 0
    found = set(result.get("found", ()))
    if "parts" in row.needs:
        return len(found)
    return len(found | {needle.decode() for needle in row.needles() if needle in medium.numbers})


def said(result):
    return "; ".join(result["said"]) or "status %s" % result["status"]


def judge(row, control, real, media):
    """media: control's and real's Medium of the target."""
    enough = LIMIT if "parts" in row.needs else 1
    if control["status"] != 0 or landed(row, control, media[0], control) < LIMIT:
        return Verdict(IMPOSSIBLE, said(control))
    if real["status"] is None:
        return Verdict(BROKEN, "hung")
    count = landed(row, real, media[1], control)
    events = real.get("events", [])
    late = any(event["late"] or event["scrubbed_bytes"] for event in events)
    if count >= enough:
        return Verdict(MISSED, "%d of %d%s" % (count, len(row.needles()), ", reported" if any(e["alert"] for e in events) else ""))
    if real["status"] != 0:
        return Verdict(BLOCKED if late else FIRST_BYTE, said(real))
    if any(event["alert"] for event in events):
        return Verdict(AT_CLOSE)
    return Verdict(BROKEN, "it went through, nothing arrived, and nobody says why")
