#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every call that puts bytes into a file, on an ext4 stick, in tiers 1 and 2: tests/e2e/calls.py in the guest.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
"$VM_DIR/stick" "$temp/stick.img" ext4 64 || exit 1

run() { # KERNEL TIER [OPTION]...
	vm_scenario calls "$@" -u "$temp/stick.img"
}

vm_each_once run
