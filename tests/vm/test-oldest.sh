#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The oldest kernel of the matrix, which takes no program that reads content, as it boots (bpf is not in its list of security modules):
# what its verifier takes and what not, then tests/e2e/oldest.py, then the stick's image from outside. Skipped when no suite of the
# configured archive offers it any more.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
kernel=${VM_KERNELS%% *}

# Refused for what 5.10 lacks: bpf_loop() (5.17), atomic operations that return a value and pointers into global functions (5.12); of
# forget one program, whose function has other arguments since 5.12; of request one, whose structure had no flags; late's function came in 5.16.
refused=(cgroup_net cgroup_node own forget request late pair)
for twin in lsm fmod_ret; do refused+=("${twin}_file" "${twin}_net" "${twin}_device" "${twin}_map" "${twin}_guard"); done
"$VM_DIR/load" "$kernel" "${refused[@]}" || exit

"$VM_DIR/stick" "$temp/0.img" vfat 64 && "$VM_DIR/stick" "$temp/1.img" vfat 32 &&
	vm_scenario oldest "$kernel" observe -u "$temp/0.img" -u "$temp/1.img" -k "$temp" &&
	python3 "$VM_DIR/../e2e/stick_image.py" "$temp/stick0.img"
