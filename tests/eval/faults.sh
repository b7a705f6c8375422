#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh [-n COUNT] [-s SEED] [WHERE]...: COUNT (500) faults at random (kill, stop, unplug, remount, policy, full disk, flood), a
# prober beside them (tests/e2e/faults.py). WHERE: host, or KERNEL:lsm, KERNEL:fmod_ret in a guest, 6.1:lsm; without any, host. The
# seed is printed: the same one gives the same faults, not the same moments.
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${WEIR_BUILD:-$tree/build/dev}" && pwd) || exit 1
count=500 seed=$RANDOM
while getopts n:s: option; do
	case $option in
	n) count=$OPTARG ;;
	s) seed=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- host
temp=$(mktemp -d /var/tmp/weir-faults.XXXXXX)
trap 'rm -rf "$temp"' EXIT
cd "$tree" || exit 1

status=0
for where in "$@"; do
	if [ "$where" = host ]; then
		python3 -u tests/e2e/faults.py host "$count" "$seed" || status=1
		continue
	fi
	lsm=()
	[ "${where#*:}" = lsm ] || lsm=(-l nobpf)
	tests/vm/stick "$temp/stick.img" vfat 256 || exit 1
	tests/vm/run -w -t $((1200 + count * 240)) -u "$temp/stick.img" -k "$temp/kept" -s "$build:ro" "${lsm[@]}" "${where%:*}" \
		"WEIR_BUILD=$build python3 -u tests/e2e/faults.py guest ${where#*:} $count $seed" &&
		python3 tests/e2e/faults.py image "$temp/kept/stick0.img" || status=1
done
exit $status
