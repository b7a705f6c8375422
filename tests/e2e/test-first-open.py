#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First openings on tier 3, on this very machine."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import first_open  # noqa: E402
import lab as weir  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402


def scenario():
    with Host() as host:
        cases, policy = first_open.Cases(host.root), os.path.join(host.root, "policy.yaml")
        try:
            cases.policy(policy)
            cases.fill()
            cases.forget()
            with host.lab(3, policy=policy) as lab:
                lab.start_all()
                first_open.run(lab, cases, host.volume, host.on_medium)
        finally:
            weir.umount(cases.point)


if __name__ == "__main__":
    in_own_mounts(__file__)
    weir.main(scenario)
