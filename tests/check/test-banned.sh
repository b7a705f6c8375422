#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No file calls a function that base/include/weir/base/banned.h lists.
. "$(dirname "$0")/common.sh"

list=base/include/weir/base/banned.h
names=$(sed -nE 's/^ \*   ([a-z][a-z ]*[a-z])\t.*/\1/p' "$list" | tr -s ' ' '|' | paste -sd'|')
[ "$(tr '|' '\n' <<<"$names" | wc -l)" -ge 10 ] || fail "cannot read the list in $list"
calls="(^|[^A-Za-z0-9_])($names)[[:space:]]*\\("

scratch
printf 'x = atoi(argv[1]);\n' >"$SCRATCH/bad.c"
printf 'weir_atoi(x); r = gmtime_r(&a, &b); st.ctime = 1;\n' >"$SCRATCH/good.c"
grep -qE "$calls" "$SCRATCH/bad.c" || fail "the pattern misses a call"
! grep -qE "$calls" "$SCRATCH/good.c" || fail "the pattern takes a harmless name for a call"

if tracked '*.c' '*.h' | grep -zv -e "^$list\$" -e '^bpf/vmlinux/' | xargs -0r grep -nE "$calls"; then
	fail "use what $list names beside each"
fi
