#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules for USB devices on stock kernels, with bpf in the list of security modules (tier 1) and without it (tier 2):
# tests/e2e/device.py in a guest with three sticks.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${WEIR_BUILD:-$here/../../build/dev}" && pwd) || exit 77
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$here/stick" "$temp/0.img" vfat 32 && "$here/stick" "$temp/1.img" ext4 32 && "$here/stick" "$temp/2.img" vfat 32 || exit 1

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2
	shift 2
	cd "$here/../.." && "$here/run" -t 900 -u "$temp/0.img" -u "$temp/1.img" -u "$temp/2.img" -s "$build:ro" "$@" "$kernel" \
		"WEIR_BIN=$build/bin python3 tests/e2e/device.py $tier" >"$temp/out.$kernel.$tier" 2>&1
}

status=0
for kernel in ${WEIR_KERNELS:-6.1 6.12}; do
	run "$kernel" lsm &
	first=$!
	run "$kernel" fmod_ret -l nobpf
	second=$?
	wait "$first"
	first=$?
	for tier in lsm fmod_ret; do
		echo "== $kernel, $tier"
		cat "$temp/out.$kernel.$tier"
	done
	[ "$first" = 0 ] && [ "$second" = 0 ] || status=1
done
exit $status
