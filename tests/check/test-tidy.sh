#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over every first-party file of the dev build. A file whose preprocessed input has passed before is not looked at
# again, by no checkout; WEIR_TIDY_CACHE (~/.cache/weir-tidy) says where that is kept.
. "$(dirname "$0")/common.sh"
need clang-tidy-14 cmake python3

build=${WEIR_BUILD:-build/dev}
if [ ! -e "$build/build.ninja" ]; then
	cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
fi
[ -e "$build/compile_commands.json" ] || skip "$build has no compile_commands.json: cmake --preset dev"
exec python3 tests/check/tidy.py "$ROOT" "$build" \
	"${WEIR_TIDY_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/weir-tidy}"
