#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every call that puts bytes into a file, on an ext4 stick, each kernel in one of the tiers 1 and 2: tests/e2e/calls.py in the guest.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${WEIR_BUILD:-$here/../../build/dev}" && pwd) || exit 77
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$here/stick" "$temp/stick.img" ext4 64 || exit 1

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2
	shift 2
	(cd "$here/../.." && "$here/run" -t 900 -u "$temp/stick.img" -s "$build:ro" "$@" "$kernel" \
		"WEIR_BUILD=$build python3 tests/e2e/calls.py $tier") >"$temp/out.$kernel.$tier" 2>&1
}

# What calls do depends on the kernel, and what is made of it is the same in both tiers: two guests at once will do.
status=0
run 6.1 lsm &
first=$!
run 6.12 fmod_ret -l nobpf || status=1
wait "$first" || status=1
for out in "$temp"/out.*; do
	echo "== ${out##*/out.}"
	cat "$out"
done
exit $status
