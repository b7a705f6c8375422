#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rig itself: status and output, hot-plug with the image read from outside, the lsm list, death and time-out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
cd "$temp"

fail() { echo "FAIL: $*"; exit 1; }

vm() { # ARGUMENTS of run: sets out and status
	status=0
	out=$("$here/run" "$@") || status=$?
}

rig__returns_output_and_status_on() {
	echo from-outside >shared
	vm "$1" 'uname -r; cat shared /sys/kernel/security/lsm; echo from-inside >answer; echo on-stderr >&2; sleep 100 & exit 7'
	[ "$status" = 7 ] || fail "$1: status $status, not 7"
	[[ $out == "$1."*from-outside*on-stderr* ]] || fail "$1: output: $out"
	[[ $out == *,bpf* ]] || fail "$1: bpf is not in the lsm list by default: $out"
	[ "$(cat answer)" = from-inside ] || fail "$1: the guest's file is not here"
	rm answer
}

rig__keeps_a_stick_that_was_pulled() {
	"$here/stick" "$temp/$2.img" "$2"
	# shellcheck disable=SC2016 # expanded in the guest
	vm -k "$temp/kept" -u "$temp/$2.img" "$1" 'set -e; d=$(usb plug); mount ${d}1 /mnt; echo on-the-stick >/mnt/a.txt
		cat /sys/block/${d##*/}/removable; umount /mnt; usb unplug; ! usb dev'
	[ "$status $out" = "0 1" ] || fail "$1 $2: status $status: $out"
	grep -qa on-the-stick "$temp/kept/stick0.img" || fail "$1 $2: what was written is not on the image"
	! grep -qa on-the-stick "$temp/$2.img" || fail "$1 $2: the original image was changed"
}

rig__leaves_bpf_out_of_the_lsm_list() {
	vm -l nobpf "$1" 'cat /sys/kernel/security/lsm'
	[[ ,$out, != *,bpf,* && $out == *yama* ]] || fail "$1: lsm list: $out"
}

rig__tells_death_and_time_out() {
	vm "$1" 'echo c >/proc/sysrq-trigger; sleep 100'
	[ "$status" = 125 ] || fail "panic: status $status"
	vm -t 20 "$1" 'sleep 100'
	[ "$status" = 124 ] || fail "time-out: status $status"
}

# Guest time is guest instructions: the same work costs the same in two boots, whatever the machine does meanwhile.
rig__counts_repeatably() {
	# shellcheck disable=SC2016 # expanded in the guest
	local work='t() { read -r up _ </proc/uptime; echo ${up/./}; }; a=$(t); i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done
		b=$(t); echo $((10#$b-10#$a))' first
	vm -i "$1" "$work"
	first=$out
	vm -i "$1" "$work"
	[ "$first" -gt 50 ] || fail "nothing was counted: $first"
	local apart=$((first > out ? first - out : out - first))
	echo "counted $first and $out"
	[ $((apart * 50)) -le "$first" ] || fail "counts differ by more than 2 %: $first $out"
}

rig__returns_output_and_status_on 6.1
rig__returns_output_and_status_on 6.12
rig__keeps_a_stick_that_was_pulled 6.1 vfat
rig__keeps_a_stick_that_was_pulled 6.12 exfat
rig__leaves_bpf_out_of_the_lsm_list 6.12
rig__tells_death_and_time_out 6.1 2>/dev/null
rig__counts_repeatably 6.1
