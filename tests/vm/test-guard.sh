#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Root against the agent's own maps, files and processes, on stock kernels in tiers 1 and 2: tests/e2e/guard.py in the guest.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
build=$(cd "${WEIR_BUILD:-$VM_DIR/../../build/dev}" && pwd) || exit 77

run() { # KERNEL TIER [OPTION]...
	local kernel=$1 tier=$2
	shift 2
	cd "$VM_DIR/../.." && "$VM_DIR/run" -t 900 -s "$build:ro" "$@" "$kernel" \
		"WEIR_BIN=$build/bin python3 -u tests/e2e/guard.py $tier"
}

vm_each_tier run
