#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every call that puts bytes into a file, on an ext4 stick, in tiers 1 and 2: tests/e2e/calls.py in the guest, then the
# stick's image from outside.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

vm_each_once vm_scenario_with_stick ext4 calls "calls.py --image"
