#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules for USB devices on stock kernels, with bpf in the list of security modules (tier 1) and without it (tier 2):
# tests/e2e/device.py in a guest with three sticks.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$VM_DIR/stick" "$temp/0.img" vfat 32 && "$VM_DIR/stick" "$temp/1.img" ext4 32 && "$VM_DIR/stick" "$temp/2.img" vfat 32 || exit 1

run() { # KERNEL TIER
	vm_scenario device "$@" -u "$temp/0.img" -u "$temp/1.img" -u "$temp/2.img"
}

vm_each_once run
