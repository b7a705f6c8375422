#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole suite on every kernel of the matrix, in tiers 1 and 2 in guests and in tier 3 here; then docs/coverage.md.
# Takes some 20 minutes. KERNELS names other kernels than the matrix.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
status=0
for kernel in ${KERNELS:-6.1 6.12}; do
	"$here/run.py" -o "$temp" "$kernel:lsm" &
	"$here/run.py" -o "$temp" "$kernel:fmod_ret" || status=1
	wait $! || status=1
done
"$here/run.py" -o "$temp" host || status=1
"$here/coverage.py" "$temp"
exit $status
