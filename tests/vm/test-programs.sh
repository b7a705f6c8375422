#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programs that people bring files to a stick with, in tiers 1 and 2: tests/e2e/programs.py in the guest, then the stick's image
# from outside. On one kernel unless WEIR_KERNELS names more.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

WEIR_KERNELS=${WEIR_KERNELS:-6.12} vm_each_tier vm_scenario_with_stick vfat programs "programs.py --image"
