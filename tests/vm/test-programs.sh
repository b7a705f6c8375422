#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programs that people bring files to a stick with, in tiers 1 and 2: tests/e2e/programs.py in the guest, then the stick's image
# from outside. On one kernel unless WEIR_KERNELS names more.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
build=$(cd "${WEIR_BUILD:-$VM_DIR/../../build/dev}" && pwd) || exit 77
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$VM_DIR/stick" "$temp/stick.img" vfat 64 || exit 1

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2 kept=$temp/$1-$2
	shift 2
	mkdir "$kept"
	cd "$VM_DIR/../.." &&
		"$VM_DIR/run" -t 900 -u "$temp/stick.img" -k "$kept" -s "$build:ro" "$@" "$kernel" \
			"WEIR_BIN=$build/bin python3 tests/e2e/programs.py $tier" &&
		python3 tests/e2e/programs.py --image "$kept/stick0.img"
}

WEIR_KERNELS=${WEIR_KERNELS:-6.12} vm_each_tier run
