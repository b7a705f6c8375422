#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every BPF object of the build passes the verifier of the guests' own kernels. test-newest.sh and test-oldest.sh do the same for theirs.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

status=0
for kernel in ${WEIR_KERNELS:-6.1 6.12}; do
	"$VM_DIR/load" "$kernel" || status=$?
done
exit $status
