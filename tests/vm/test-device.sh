#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules for USB devices on stock kernels, with bpf in the list of security modules (tier 1) and without it (tier 2):
# tests/e2e/device.py in a guest with three sticks.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
build=$(cd "${WEIR_BUILD:-$VM_DIR/../../build/dev}" && pwd) || exit 77
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$VM_DIR/stick" "$temp/0.img" vfat 32 && "$VM_DIR/stick" "$temp/1.img" ext4 32 && "$VM_DIR/stick" "$temp/2.img" vfat 32 || exit 1

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2
	shift 2
	cd "$VM_DIR/../.." && "$VM_DIR/run" -t 900 -u "$temp/0.img" -u "$temp/1.img" -u "$temp/2.img" -s "$build:ro" "$@" "$kernel" \
		"WEIR_BIN=$build/bin python3 tests/e2e/device.py $tier"
}

vm_each_tier run
