#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# First openings that wait while the kernel's programs enforce: tests/e2e/first_open.py in the guest, in tier 1.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

vm_in 6.1 lsm vm_scenario_with_stick vfat first_open "first_open.py --image"
