#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A few faults, always the same, in tier 3 on this very machine; tests/eval/faults.sh goes through hundreds at random, in guests as well."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import faults  # noqa: E402
import lab as weir  # noqa: E402
from host import in_own_mounts  # noqa: E402

if __name__ == "__main__":
    in_own_mounts(__file__)
    weir.main(lambda: faults.host(15, 1))
