#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script parses, and shellcheck warns of nothing in it.
. "$(dirname "$0")/common.sh"
need shellcheck

# bash or sh, by the first line or the name; nothing for other files.
shell_of()
{
	local first
	IFS= read -r first <"$1" 2>/dev/null || return 0
	case $first in
	'#!'*busybox\ sh | '#!'*/sh | '#!'*/dash) echo dash ;;
	'#!'*/bash | '#!'*env\ bash) echo bash ;;
	*) case $1 in *.sh | *.bash) echo bash ;; esac ;;
	esac
}

# Warnings and errors count; the rest of shellcheck's advice is a matter of taste.
lint()
{
	bash -n "$2" || return 1
	shellcheck -x -S warning -s "$1" "$2"
}

scratch
printf '#!/bin/bash\nif true; then\n' >"$SCRATCH/bad.sh"
! lint bash "$SCRATCH/bad.sh" >"$SCRATCH/out" 2>&1 || fail "a script that does not parse passes"
printf '#!/bin/bash\nrm -rf $1/x\nread a b <f\nlocal c=$(d)\n' >"$SCRATCH/bad.sh"
! lint bash "$SCRATCH/bad.sh" >"$SCRATCH/out" 2>&1 || fail "a script with a warning passes"

bad=0
count=0
while IFS= read -r -d '' file; do
	shell=$(shell_of "$file")
	[ -n "$shell" ] || continue
	count=$((count + 1))
	lint "$shell" "$file" || bad=1
done < <(tracked)
[ "$count" -gt 10 ] || fail "only $count scripts found"
[ "$bad" = 0 ] || fail "see above"
