#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The bypass suite, as much of it as each run of all tests bears: a sixteenth of the techniques on each kernel and tier in guests, all
# of them in tier 3 here. tests/vm/bypass/full.sh runs the rest and writes docs/coverage.md.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)/bypass
[ -x "${WEIR_BUILD:-$here/../../../build/dev}/tests/bypass" ] || { echo "the build has no driver"; exit 77; }

status=0
"$here/run.py" host || status=1
for kernel in 6.1 6.12; do
	[ "$kernel" = 6.1 ] && parts=(1/16 5/16) || parts=(9/16 13/16)
	"$here/run.py" --part "${parts[0]}" "$kernel:lsm" &
	first=$!
	"$here/run.py" --part "${parts[1]}" "$kernel:fmod_ret" || status=1
	wait "$first" || status=1
done
exit $status
