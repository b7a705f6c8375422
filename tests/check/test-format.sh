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
	xargs -0r -n 20 -P 2 sh -c 'for f; do
		clang-format-14 --dry-run -Werror "$f" 2>/dev/null || { echo "$f"; bad=1; }
	done; exit ${bad:-0}' sh >"$SCRATCH/list" || {
	sort "$SCRATCH/list"
	fail "run clang-format-14 -i on these files"
}
