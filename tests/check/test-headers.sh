#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, twice in a row, without a warning.
. "$(dirname "$0")/common.sh"
need cc
scratch

if command -v protoc-c >/dev/null; then
	mkdir "$SCRATCH/gen"
	(cd proto && find . -name '*.proto' -printf '%P\0' | xargs -0 protoc-c --c_out="$SCRATCH/gen" -I.)
fi
flags=(-std=gnu17 -D_GNU_SOURCE '-DWEIR_VERSION="0"' -fsyntax-only -Wall -Wextra -Werror -Wpedantic -Wundef -Wshadow
	-Wstrict-prototypes -isystem "$SCRATCH/gen")
while IFS= read -r -d '' folder; do
	flags+=("-I$folder")
done < <(find . -path ./build -prune -o -type d -name include -print0 2>/dev/null)

alone()
{
	printf '#include "%s"\n#include "%s"\nextern int alone;\n' "$1" "$1" >"$SCRATCH/alone.c"
	cc "${flags[@]}" "${@:2}" "$SCRATCH/alone.c"
}

mkdir -p "$SCRATCH/bad"
printf 'size_t x(void);\n' >"$SCRATCH/bad/bad.h"
! alone bad.h "-I$SCRATCH/bad" 2>/dev/null || fail "the check accepts a header that needs another"

bad=0 n=0
while IFS= read -r -d '' header; do
	n=$((n + 1))
	alone "${header#*/include/}" || { echo "$header"; bad=1; }
done < <(tracked '*/include/*.h')
[ "$n" -gt 0 ] || fail "no header found"
[ "$bad" = 0 ] || fail "include what the header uses"
echo "$n headers"
