#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every source file says its licence in the first two lines: the kernel side is dual, the rest Apache-2.0.
. "$(dirname "$0")/common.sh"

expected()
{
	case $1 in
	bpf/*.c | bpf/*.h | *.bpf.c | *.bpf.h) echo "GPL-2.0-only OR BSD-2-Clause" ;;
	*) echo "Apache-2.0" ;;
	esac
}

# Files that cannot or need not carry the line: prose, data, licence texts, what a format leaves no room for.
exempt()
{
	case $1 in
	*.md | *.json | LICENSE | LICENSES/* | .gitignore | .gitattributes | bpf/ABI_VERSION) return 0 ;;
	tests/data/* | tests/fuzz/corpus/*) return 0 ;;
	esac
	return 1
}

wrong()
{
	local file=$1 name=${2:-$1}
	! head -n 2 "$file" | grep -qE "SPDX-License-Identifier: $(expected "$name")( \*/)?\$"
}

scratch
printf '/* SPDX-License-Identifier: MIT */\n' >"$SCRATCH/x.c"
wrong "$SCRATCH/x.c" || fail "the check does not see a wrong licence"
printf '/* SPDX-License-Identifier: Apache-2.0 */\n' >"$SCRATCH/x.c"
wrong "$SCRATCH/x.c" bpf/prog/x.bpf.c || fail "the check does not see the border"

bad=0 n=0
while IFS= read -r -d '' file; do
	exempt "$file" && continue
	n=$((n + 1))
	if wrong "$file"; then
		echo "$file: no line \"SPDX-License-Identifier: $(expected "$file")\" among the first two"
		bad=1
	fi
done < <(tracked)
[ "$n" -gt 0 ] || fail "no file found"
[ "$bad" = 0 ] || fail "add the line"
for text in Apache-2.0 GPL-2.0-only BSD-2-Clause; do
	[ -s "LICENSES/$text.txt" ] || fail "LICENSES/$text.txt is missing"
done
echo "$n files"
