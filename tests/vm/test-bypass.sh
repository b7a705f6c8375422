#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The bypass suite, as much of it as each run of all tests bears: a sixteenth of the techniques in tier 1 and another in tier 2, in
# guests, all of them in tier 3 here. tests/vm/bypass/full.sh runs the rest and writes docs/coverage.md.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)/bypass
[ -x "${WEIR_BUILD:-$here/../../../build/dev}/tests/bypass" ] || { echo "the build has no driver"; exit 77; }

status=0
"$here/run.py" host || status=1
"$here/run.py" --part 1/16 6.1:lsm &
first=$!
"$here/run.py" --part 9/16 6.12:fmod_ret || status=1
wait "$first" || status=1
exit $status
