#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The project stands alone: no tracked file names a place on its authors' machines, and no work is left as a mark in the text.
. "$(dirname "$0")/common.sh"

# In pieces, so that this file does not find itself.
marks='(^|[^A-Za-z0-9_])('"TO""DO|FIX""ME|XX""X"')([^A-Za-z0-9_]|$)'
places='(^|[^A-Za-z0-9_-])(/wo''rk/|(\.\./)?sha''red/)'

scratch
printf 'see /wo%s/x\n' rk >"$SCRATCH/a"
printf '/* FIX%s: later */\n' ME >"$SCRATCH/b"
for file in a b; do
	grep -qE "$marks|$places" "$SCRATCH/$file" || fail "the pattern misses $file"
done

if tracked | grep -zv -e '^bpf/vmlinux/' -e '^LICENSES/' -e '^tests/fuzz/corpus/' |
	xargs -0r grep -nIE "$marks|$places"; then
	fail "say it in the project's own words, or write it down as an issue"
fi
