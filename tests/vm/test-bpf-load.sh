#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every BPF object of the build passes the verifier of every kernel of the matrix: each of them refuses things that the
# others accept, and only loading tells. Prints what each program took of the verifier's limits.
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

mapfile -t objects < <(find "$build" -name '*.bpf.o' 2>/dev/null | sort)
[ ${#objects[@]} -gt 0 ] || { echo "the build has no BPF object"; exit 77; }
[ -x "$build/tests/verify" ] || { echo "the build has no verify"; exit 77; }
cp "$build/tests/verify" "$temp/"
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
	"$here/run" -t 600 "$kernel" 'ulimit -l unlimited; ./verify objects/*.bpf.o' >"out.$kernel" || fail "$kernel: the guest ended with $?"
	cat "out.$kernel"
	grep -q '^refused refused-on-purpose' "out.$kernel" || fail "$kernel: a bad program was loaded"
	[ "$(grep -c '^ok ' "out.$kernel")" = ${#objects[@]} ] || refused+=" $kernel"
done
[ -z "$refused" ] || fail "objects were refused by$refused"
