#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# day.sh [KERNEL:HOOK]...: a working day in small, in guests: how far the memory of one customers' list spreads, and whom it hampers
# (tests/e2e/day.py). HOOK: lsm or fmod_ret; without any, 6.1:lsm and 6.12:fmod_ret. Takes some five minutes each.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
[ $# -gt 0 ] || set -- 6.1:lsm 6.12:fmod_ret
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
# shellcheck disable=SC2317 # vm_in calls it
day() { vm_scenario day "$@" -u "$temp/stick.img"; }
status=0
for where in "$@"; do
	echo "== $where"
	"$VM_DIR/stick" "$temp/stick.img" vfat 64 &&
		vm_in "${where%:*}" "${where#*:}" day || status=1
done
exit $status
