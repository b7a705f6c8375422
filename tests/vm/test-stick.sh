#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Customer files on their way to a FAT stick and to the network, on stock kernels, with bpf in the list of security modules
# (tier 1) and without it (tier 2): tests/e2e/stick.py in the guest, then the stick's image from outside. Each kernel in the tier in which
# vm_each_once has the other one, unless WEIR_KERNELS names kernels; test-newest.sh does the same on the newest.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if [ -n "${WEIR_KERNELS:-}" ]; then
	vm_each_tier vm_scenario_with_stick vfat stick stick_image.py
else
	vm_two 6.12 6.1 vm_scenario_with_stick vfat stick stick_image.py
fi
