#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The newest kernel that the suites of the configured archive offer: what its verifier takes, then customers on their way to a stick in
# tier 1 (tests/e2e/stick.py, as in test-stick.sh); WEIR_TIERS="lsm fmod_ret" is both. Skipped when they offer none that is newer than the
# guests' own.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

newest=$("$VM_DIR/kernel" newest) || exit
own=$("$VM_DIR/kernel" 6.12) || exit
cmp -s "$newest/version" "$own/version" && { echo "the newest kernel of the archive is that of the other tests"; exit 77; }

"$VM_DIR/load" newest || exit
for tier in ${WEIR_TIERS:-lsm}; do
	vm_in newest "$tier" vm_scenario_with_stick vfat stick stick_image.py || exit
done
