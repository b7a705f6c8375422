# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of tests/vm: where images are cached, one builder at a time, and a package archive of
# the rig's own, so that fetching a kernel neither depends on nor alters the apt configuration of the machine.
# shellcheck shell=bash

# shellcheck disable=SC2034 # for the scripts that source this
VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_CACHE=${WEIR_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/weir-vm}
VM_SUITE=bookworm
# Where else kernels come from, and what of each suite is looked for.
VM_OTHER_SUITES="bullseye trixie"
VM_PARTS=("" -updates -security -backports)
# The kernels that tests run on, oldest first; the middle two are the suite's own. `newest` is what the archive has today.
VM_KERNELS="5.10 6.1 6.12 newest"
VM_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

vm_say() { printf 'vm: %s\n' "$*" >&2; }
vm_die() { vm_say "$*"; exit 2; }

# An artefact's directory carries a hash of what it is made from: changed inputs are simply another directory,
# and two checkouts that differ do not take the cache from each other.
vm_hash() { cat "$@" | sha256sum | cut -c1-12; }

# Held until the script ends: a second run waits for the first one's image instead of building it again.
vm_lock() {
	mkdir -p "$VM_CACHE"
	exec 8>"$VM_CACHE/lock"
	flock -n 8 || { vm_say "waiting for another build of the images"; flock 8; }
}

# Removes directories below $1 whose names begin with $2 and that nobody used for a week, except $3.
vm_prune() {
	local dir
	find "$1" -maxdepth 1 -name "$2*" -mtime +7 ! -name "$3" -print0 2>/dev/null |
		while IFS= read -r -d '' dir; do rm -rf "$dir"; done
}

# "URI SUITE" of each Debian suite that the machine is configured for. Asked of apt, which knows every format
# and place a source can be written in; an empty list directory makes it name them all.
vm_configured_suites() {
	local none
	none=$(mktemp -d)
	apt-get -o Dir::State::lists="$none" update --print-uris |
		sed -n "s#^'\(.*\)/dists/\($VM_SUITE\|$VM_SUITE-updates\|$VM_SUITE-security\)/main/binary-amd64/.*#\1 \2#p" |
		sort -u
	rm -rf "$none"
}

# URI SUITE [OPTION]: a line of a sources.list.
vm_source() { printf 'deb [signed-by=%s%s] %s %s main\n' "$VM_KEYRING" "${3:+ $3}" "$1" "$2"; }

# The sources.list of the root image.
vm_sources() {
	local uri suite
	vm_configured_suites | while read -r uri suite; do vm_source "$uri" "$suite"; done
}

# The sources.list for kernels: what the configured archives offer of suite $1. One that has moved on is simply not there; the
# lists of one that is closed have run out of their date, but are signed all the same and change no more.
vm_suite_sources() {
	local uri part probe option=
	probe=$(mktemp -d)
	[ "$1" = "$VM_SUITE" ] || option=check-valid-until=no
	for uri in $(vm_configured_suites | cut -d' ' -f1 | sort -u); do
		for part in "${VM_PARTS[@]}"; do
			/usr/lib/apt/apt-helper -qq download-file "$uri/dists/$1$part/InRelease" "$probe/list" \
				>/dev/null 2>&1 || continue
			vm_source "$uri" "$1$part" "$option"
			rm -f "$probe/list"
		done
	done
	rm -rf "$probe"
}

# How the machine reaches its archive (proxy, time-outs, date checks) holds for the rig as well.
vm_acquire_options() { apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' || true; }

# apt COMMAND...: any apt tool on the rig's own lists. They are used as root of the cache, so no sandbox user.
vm_apt() {
	"$1" -o Dir::Etc::sourcelist="$VM_CACHE/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Dir::State::lists="$VM_CACHE/apt/lists" \
		-o Dir::Cache="$VM_CACHE/apt/cache" -o APT::Sandbox::User=root -o APT::Update::Post-Invoke-Success::= \
		-o Acquire::Languages=none "${@:2}"
}

# The rig's package lists: those of the suites $1...
vm_apt_update() {
	local suite
	mkdir -p "$VM_CACHE/apt/lists/partial" "$VM_CACHE/apt/cache/archives/partial"
	for suite in "$@"; do vm_suite_sources "$suite"; done >"$VM_CACHE/apt/sources.list"
	[ -s "$VM_CACHE/apt/sources.list" ] || { vm_say "the archive that this machine is configured for has none of: $*"; return 1; }
	vm_apt apt-get -qq update >&2 || vm_say "some package lists could not be fetched, going on with the rest"
}

# SCRIPT KERNEL TIER [OPTION of run]...: tests/e2e/SCRIPT.py TIER in a guest, with the build of WEIR_BUILD.
vm_scenario() {
	local build script=$1 kernel=$2 tier=$3
	shift 3
	build=$(cd "${WEIR_BUILD:-$VM_DIR/../../build/dev}" && pwd) || return 1
	cd "$VM_DIR/../.." && "$VM_DIR/run" -t 900 -s "$build:ro" "$@" "$kernel" \
		"WEIR_BUILD=$build python3 -u tests/e2e/$script.py $tier"
}

# FS SCRIPT LOOK KERNEL TIER [OPTION of run]...: the same with a stick of this file system; then tests/e2e/LOOK IMAGE here, on the image of
# what it became.
vm_scenario_with_stick() (
	fs=$1 script=$2 look=$3
	shift 3
	temp=$(mktemp -d)
	trap 'rm -rf "$temp"' EXIT
	# shellcheck disable=SC2086 # LOOK may have options
	"$VM_DIR/stick" "$temp/stick.img" "$fs" 64 && vm_scenario "$script" "$@" -u "$temp/stick.img" -k "$temp" &&
		python3 "$VM_DIR/../e2e/"$look "$temp/stick0.img"
)

# KERNEL TIER COMMAND...: runs COMMAND KERNEL TIER [OPTION of run]...; bpf is in the list of security modules in tier 1 and not in tier 2.
vm_in() {
	local kernel=$1 tier=$2 list=()
	shift 2
	[ "$tier" = lsm ] || list=(-l nobpf)
	"$@" "$kernel" "$tier" "${list[@]}"
}

# KERNEL KERNEL COMMAND...: runs COMMAND in tier 1 on the first kernel and in tier 2 on the second. Both at a time: more guests only slow
# each other down. What they print comes in order; one that fails fails the whole.
vm_two() {
	local lsm=$1 fmod_ret=$2 first second out
	shift 2
	out=$(mktemp -d)
	vm_in "$lsm" lsm "$@" >"$out/lsm" 2>&1 &
	first=$!
	vm_in "$fmod_ret" fmod_ret "$@" >"$out/fmod_ret" 2>&1
	second=$?
	wait "$first"
	first=$?
	printf '== %s, lsm: %s\n' "$lsm" "$first"
	cat "$out/lsm"
	printf '== %s, fmod_ret: %s\n' "$fmod_ret" "$second"
	cat "$out/fmod_ret"
	rm -rf "$out"
	[ "$first" = 0 ] && [ "$second" = 0 ]
}

# COMMAND...: runs COMMAND in both tiers on each kernel of WEIR_KERNELS (6.1 and 6.12).
vm_each_tier() {
	local kernel status=0
	for kernel in ${WEIR_KERNELS:-6.1 6.12}; do
		vm_two "$kernel" "$kernel" "$@" || status=1
	done
	return $status
}

# COMMAND...: the same with each kernel and each tier once, which is what a run of all tests has the time for, unless WEIR_KERNELS names kernels.
vm_each_once() {
	if [ -n "${WEIR_KERNELS:-}" ]; then vm_each_tier "$@"; else vm_two 6.1 6.12 "$@"; fi
}
