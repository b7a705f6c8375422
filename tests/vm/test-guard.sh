#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Root against the agent's own maps, files and processes, on stock kernels in tiers 1 and 2: tests/e2e/guard.py in the guest.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

vm_each_once vm_scenario guard
