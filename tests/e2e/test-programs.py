#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of programs.py in tier 3 on this very machine."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
import programs  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402


def scenario():
    with Host(64) as host, host.lab(3) as lab:
        lab.start_all()
        numbers = programs.scenario(lab, (host.data, host.elsewhere, host.volume), 3, "tier 3, this machine")
        left = host.on_medium(numbers)
        weir.check(not left, "%d of %d identifiers are on the medium" % (len(left), len(numbers)))


if __name__ == "__main__":
    in_own_mounts(__file__)
    weir.main(scenario)
