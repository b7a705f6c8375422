#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clean.sh [-f FROM]... [-n COUNT] [WHERE]...: COUNT (10000) files that hold nobody's data, of this machine and of the folders FROM,
# copied to a sink. WHERE: host, or KERNEL:lsm, KERNEL:fmod_ret in a guest; without any, host, 6.1:lsm and 6.12:fmod_ret.
set -uo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${WEIR_BUILD:-$tree/build/dev}" && pwd) || exit 1
count=10000 from=()
while getopts f:n: option; do
	case $option in
	f) from+=("$OPTARG") ;;
	n) count=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- host 6.1:lsm 6.12:fmod_ret
temp=$(mktemp -d /var/tmp/weir-clean.XXXXXX)
trap 'rm -rf "$temp"' EXIT
mkdir "$temp/files"
cd "$tree" || exit 1
python3 tests/e2e/clean_files.py stage "$temp/files" "$count" "${from[@]}" || exit 1

status=0
for where in "$@"; do
	if [ "$where" = host ]; then
		python3 tests/e2e/clean_files.py host "$temp/files" || status=1
		continue
	fi
	lsm=()
	[ "${where#*:}" = lsm ] || lsm=(-l nobpf)
	tests/vm/stick "$temp/stick.img" vfat 2048 || exit 1
	tests/vm/run -w -t 14400 -u "$temp/stick.img" -s "$build:ro" -s "$temp/files:ro" "${lsm[@]}" "${where%:*}" \
		"WEIR_BIN=$build/bin python3 tests/e2e/clean_files.py guest ${where#*:} $temp/files" || status=1
done
exit $status
