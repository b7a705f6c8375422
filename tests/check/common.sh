# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/check/test-*.sh, which exit 0 (passed), 77 (cannot run here, with the reason on stdout) or anything else.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

need()
{
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$tool is not installed (packaging/deps)"
	done
}

# The project's files, NUL-separated: what git tracks, or in an unpacked archive everything but build output.
tracked()
{
	if [ -e .git ]; then
		git -c safe.directory="$ROOT" ls-files -z -- "$@" |
			while IFS= read -r -d '' file; do
				[ ! -f "$file" ] || [ -L "$file" ] || printf '%s\0' "$file"
			done
	else
		find . \( -path ./build -o -path ./out \) -prune -o -type f -printf '%P\0' | filter_globs "$@"
	fi
}

filter_globs()
{
	local file glob
	while IFS= read -r -d '' file; do
		[ $# -gt 0 ] || printf '%s\0' "$file"
		for glob in "$@"; do
			# shellcheck disable=SC2053 # the right side is a pattern on purpose
			[[ $file != $glob ]] || { printf '%s\0' "$file"; break; }
		done
	done
}

# A folder that goes when the test ends.
scratch()
{
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/weir-check.XXXXXX")
	trap 'rm -rf "$SCRATCH"' EXIT
}
