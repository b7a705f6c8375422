# SPDX-License-Identifier: Apache-2.0
# Sourced by packaging/quickstart and tests/run: brings a plain Debian 12 machine to a finished build. Nothing is printed
# and next to no time is spent when there is nothing to do; a failure prints what went wrong and returns 1.
#   setup_root                 ends the script unless it runs as root
#   setup_packages SECTION...  installs what packaging/deps lists in these sections
#   setup_build PRESET [TARGET]...   configures and builds into build/PRESET, everything or the targets named
# shellcheck shell=bash

SETUP_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

setup_say() { printf '== %s\n' "$*"; }

setup_root() {
	[ "$(id -u)" = 0 ] || { echo "$0: this needs root (mounts, BPF, packages): sudo $0" >&2; exit 2; }
}

# The packages of some sections, one a line.
setup_list() {
	awk -v want=" $* " '!/^#/ && NF && index(want, " " $1 " ") { print $2 }' "$SETUP_TREE/packaging/deps" | sort -u
}

setup_missing() {
	local wanted
	wanted=$(setup_list "$@")
	# shellcheck disable=SC2086 # a list of words
	comm -23 <(echo "$wanted") <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
		sed -n 's/ installed$//p' | sort -u)
}

setup_apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null; }

# What starts with the machine.
setup_wanted() { find /etc/systemd/system -path '*.wants/*' 2>/dev/null | sort; }

# What comes with a service of its own (a web server, a database) does not get it started, now or with the machine: tests run theirs
# beside it. In a subshell, so that the machine's own say on services is back however this ends.
setup_install() (
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 130' INT TERM HUP
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
	fi
	before=$(setup_wanted)
	setup_apt install -y --no-install-recommends "$@"
	status=$?
	comm -13 <(echo "$before") <(setup_wanted) | xargs -r -d '\n' rm -f
	exit $status
)

setup_packages() {
	local missing log
	if ! command -v dpkg-query apt-get >/dev/null; then
		echo "packages are installed on Debian only; elsewhere install what packaging/deps lists" >&2
		return 1
	fi
	missing=$(setup_missing "$@")
	[ -n "$missing" ] || return 0
	setup_say "installing $(wc -w <<<"$missing") packages: $(tr '\n' ' ' <<<"$missing")"
	log=$(mktemp)
	# A source of the machine that cannot be reached matters only if it is the one that has the packages.
	setup_apt update >"$log" 2>&1 || echo "apt-get update met errors, going on" >>"$log"
	# shellcheck disable=SC2086 # a list of words
	if ! setup_install $missing >>"$log" 2>&1; then
		tail -n 40 "$log" >&2
		echo "packages could not be installed" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# ninja runs cmake again by itself when a CMakeLists.txt changes, but it does not know the presets.
setup_configure() {
	local dir=$1 stamp
	stamp=$(sha256sum <"$SETUP_TREE/CMakePresets.json")
	[ -f "$dir/build.ninja" ] && [ "$(cat "$dir/.presets" 2>/dev/null)" = "$stamp" ] && return 0
	setup_say "configuring $2"
	mkdir -p "$dir"
	(cd "$SETUP_TREE" && cmake --preset "$2") >"$dir/setup.log" 2>&1 || {
		tail -n 60 "$dir/setup.log" >&2
		return 1
	}
	echo "$stamp" >"$dir/.presets"
}

# About twenty lines of progress, however many steps there are; none when there is nothing to build.
setup_progress() {
	awk -F'[][/]' -v preset="$1" '/^\[[0-9]+\/[0-9]+\]/ && !/Re-checking globbed/ {
		if (!begun++) print "== building " preset
		step = int($3 / 20) + 1
		if ($2 % step == 0 || $2 == $3) { print "   " $0; fflush() }
	}'
}

setup_build() {
	local preset=$1 dir=$SETUP_TREE/build/$1
	shift
	setup_configure "$dir" "$preset" || return 1
	NINJA_STATUS='[%f/%t] ' ninja -C "$dir" "$@" 2>&1 </dev/null | tee "$dir/setup.log" | setup_progress "$preset"
	[ "${PIPESTATUS[0]}" = 0 ] && return 0
	grep -vE '^\[[0-9]+/[0-9]+\]' "$dir/setup.log" | tail -n 60 >&2
	echo "building $preset failed; all output: $dir/setup.log" >&2
	return 1
}
