#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Customer files on their way to a FAT stick and to the network, on stock kernels, with bpf in the list of security modules
# (tier 1) and without it (tier 2): tests/e2e/stick.py in the guest, then the stick's image from outside.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${WEIR_BUILD:-$here/../../build/dev}" && pwd) || exit 77
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$here/stick" "$temp/stick.img" vfat 64 || exit 1

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2 kept=$temp/$1-$2
	shift 2
	mkdir "$kept"
	{
		cd "$here/../.." &&
			"$here/run" -t 900 -u "$temp/stick.img" -k "$kept" -s "$build:ro" "$@" "$kernel" \
				"WEIR_BIN=$build/bin python3 tests/e2e/stick.py $tier" &&
			python3 tests/e2e/stick_image.py "$kept/stick0.img"
	} >"$temp/out.$kernel.$tier" 2>&1
}

# Two guests at a time: more only slow each other down.
status=0
for kernel in 6.1 6.12; do
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
