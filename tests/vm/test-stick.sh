#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Customer files on their way to a FAT stick and to the network, on stock kernels, with bpf in the list of security modules
# (tier 1) and without it (tier 2): tests/e2e/stick.py in the guest, then the stick's image from outside.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

vm_each_tier vm_scenario_with_stick vfat stick stick_image.py
