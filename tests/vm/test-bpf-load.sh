#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every BPF object of the build passes the verifier of every kernel of the matrix: each of them refuses things that the
# others accept, and only loading tells.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${WEIR_BUILD:-$here/../../build/dev}
kernels="${WEIR_KERNELS:-6.1 6.12}"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

fail() { echo "FAIL: $*"; exit 1; }

# A program that no verifier takes: it reads through a number. Its refusal shows that the others' acceptance means something.
bad_object() {
	cat >"$temp/bad.c" <<'C'
__attribute__((section("raw_tp/sys_enter"), used)) int bad(unsigned long long *context)
{
	return *(int *)context[1];
}
char gpl[] __attribute__((section("license"), used)) = "GPL";
C
	clang-19 -g -O2 -target bpf -c "$temp/bad.c" -o "$temp/refused-on-purpose.bpf.o"
}

# Runs in the guest: a line "ok|refused NAME" for each object, after a refusal the end of the verifier's log.
cat >"$temp/load" <<'SH'
ulimit -l unlimited
for object in objects/*.bpf.o; do
	name=${object##*/}
	# bpftool pins all, also programs that are for other kernels and were left out: the rest is loaded by then.
	if bpftool prog loadall "$object" "/sys/fs/bpf/${name%.bpf.o}" >log 2>&1 ||
		grep -q "can't pin program that wasn't loaded" log; then
		echo "ok $name: $(ls "/sys/fs/bpf/${name%.bpf.o}" 2>/dev/null | wc -l) programs"
		rm -rf "/sys/fs/bpf/${name%.bpf.o}"
	else
		echo "refused $name"
		[ "$name" = refused-on-purpose.bpf.o ] ||
			grep -vE '^(Warning:|If it used|-- END|Error: failed|$)' log | tail -n 12 | cut -c1-200 | sed 's/^/    /'
	fi
done
SH

mapfile -t objects < <(find "$build" -name '*.bpf.o' 2>/dev/null | sort)
[ ${#objects[@]} -gt 0 ] || { echo "the build has no BPF object"; exit 77; }
mkdir "$temp/objects"
for object in "${objects[@]}"; do
	[ ! -e "$temp/objects/${object##*/}" ] || fail "two objects are called ${object##*/}"
	cp "$object" "$temp/objects/"
done
bad_object || fail "cannot compile the program that has to be refused"
cp "$temp/refused-on-purpose.bpf.o" "$temp/objects/"

cd "$temp" || exit 1
refused=
for kernel in $kernels; do
	echo "== $kernel"
	"$here/run" -t 600 "$kernel" bash load >"out.$kernel" || fail "$kernel: the guest ended with $?"
	cat "out.$kernel"
	grep -q '^refused refused-on-purpose' "out.$kernel" || fail "$kernel: a bad program was loaded"
	[ "$(grep -c '^ok ' "out.$kernel")" = ${#objects[@]} ] || refused+=" $kernel"
done
[ -z "$refused" ] || fail "objects were refused by$refused"
