#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The kernel ABI changes only with its number (bpf/README.md). tests/check/abi.txt has one line for each number: the number,
# "open" or "released", and the hash of bpf/include/weir/abi without comments and white space. --record writes the line of
# the current number while it is open.
. "$(dirname "$0")/common.sh"
need cc sha256sum
record=tests/check/abi.txt

abi_hash()
{
	local header
	for header in "$1"/*.h; do
		echo "== ${header##*/}"
		cc -fpreprocessed -dD -E -P -x c "$header" | tr -s '[:space:]' ' '
	done | sha256sum | cut -d' ' -f1
}

scratch
cp -r bpf/include/weir/abi "$SCRATCH/abi"
hash=$(abi_hash bpf/include/weir/abi)
echo '/* a comment */' >>"$SCRATCH/abi/types.h"
[ "$(abi_hash "$SCRATCH/abi")" = "$hash" ] || fail "a comment changes the hash"
echo 'struct weir_abi_more { __u32 x; };' >>"$SCRATCH/abi/types.h"
[ "$(abi_hash "$SCRATCH/abi")" != "$hash" ] || fail "a new struct does not change the hash"

version=$(tr -d '[:space:]' <bpf/ABI_VERSION)
header=$(sed -nE 's/^#define WEIR_ABI_VERSION ([0-9]+)$/\1/p' bpf/include/weir/abi/types.h)
[ "$version" = "$header" ] || fail "bpf/ABI_VERSION is $version, WEIR_ABI_VERSION is $header"
read -r _ state known < <(grep -E "^$version " "$record" || echo "$version none none")

if [ "${1:-}" = --record ]; then
	[ "$state" != released ] || fail "ABI $version is released: raise the number in bpf/ABI_VERSION and types.h"
	{ grep -vE "^$version " "$record" || true; echo "$version open $hash"; } >"$SCRATCH/new"
	cat "$SCRATCH/new" >"$record"
	echo "recorded ABI $version"
	exit 0
fi
[ "$known" = "$hash" ] && exit 0
case $state in
released) fail "the headers differ from the released ABI $version: raise the number, then $0 --record" ;;
*) fail "the headers differ from what is recorded for ABI $version (not released yet): $0 --record" ;;
esac
