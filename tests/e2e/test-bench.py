#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benches of the whole endpoint in short, in tier 3 on this machine. Their figures decide nothing here, but for the flood's:
what it asks for holds at any speed."""

import os
import subprocess
import sys

BENCH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench")


def run(*command):
    return subprocess.run([os.path.join(BENCH, command[0]), *command[1:], "host"], stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(run("hooks/hooks.py", "--rounds", "1", "--turns", "40") or
             run("overhead/overhead.py", "--rounds", "1", "--times", "1", "--only", "files") or
             run("flood/flood.py", "--seconds", "10"))
