#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every .c and .h is as .clang-format has it; vmlinux.h is generated.
. "$(dirname "$0")/common.sh"
need clang-format-14

scratch
cp .clang-format "$SCRATCH/"
printf 'int  x( void ){return 1 ;}\n' >"$SCRATCH/bad.c"
! (cd "$SCRATCH" && clang-format-14 --dry-run -Werror bad.c 2>/dev/null) || fail "the check accepts anything"

tracked '*.c' '*.h' | grep -zv '^bpf/vmlinux/' |
	xargs -0r -n 40 -P 2 clang-format-14 --dry-run -Werror 2>"$SCRATCH/found" || {
	sed -n 's/:[0-9]*:[0-9]*: error: .*//p' "$SCRATCH/found" | sort -u
	fail "run clang-format-14 -i on these files"
}
