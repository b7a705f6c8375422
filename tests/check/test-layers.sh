#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An include from an upper layer does not compile. Proved on two modules made for it, then for every compiled file of the
# project: its compiler command sees no public header but those that tests/check/layers.txt allows its folder.
. "$(dirname "$0")/common.sh"
need cmake ninja cc python3
scratch

# --- Two modules, the real headers: only what USES names can be included.
mkdir -p "$SCRATCH/probe/"{lower,upper}
cat >"$SCRATCH/probe/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(probe C)
list(APPEND CMAKE_MODULE_PATH $ROOT/cmake)
include(Hardening)
include(Layers)
set(WEIR_SANITIZE "" CACHE STRING "")
foreach(pair IN ITEMS base=base abi=bpf findings=findings event=event policy=policy)
  string(REPLACE "=" ";" pair \${pair})
  list(GET pair 0 name)
  list(GET pair 1 folder)
  add_library(weir_\${name} INTERFACE)
  add_library(weir::\${name} ALIAS weir_\${name})
  target_include_directories(weir_\${name} INTERFACE $ROOT/\${folder}/include)
endforeach()
add_subdirectory(lower)
add_subdirectory(upper)
EOF
for side in lower upper; do
	printf '#include "weir/policy/decide.h"\nint probe_%s(void);\nint probe_%s(void)\n{\n\treturn WEIR_POLICY_CLASSES;\n}\n' \
		$side $side >"$SCRATCH/probe/$side/probe.c"
done
echo 'weir_module(lower SOURCES probe.c USES base)' >"$SCRATCH/probe/lower/CMakeLists.txt"
echo 'weir_module(upper SOURCES probe.c USES base abi findings event policy)' >"$SCRATCH/probe/upper/CMakeLists.txt"
cmake -G Ninja -S "$SCRATCH/probe" -B "$SCRATCH/out" >"$SCRATCH/log" 2>&1 ||
	{ cat "$SCRATCH/log"; fail "the probe project cannot be configured"; }
ninja -C "$SCRATCH/out" weir_upper >"$SCRATCH/log" 2>&1 ||
	{ cat "$SCRATCH/log"; fail "an include of a layer named under USES does not compile"; }
! ninja -C "$SCRATCH/out" weir_lower >"$SCRATCH/log" 2>&1 || fail "an upward include compiles"
grep -q 'weir/policy/decide.h: No such file' "$SCRATCH/log" ||
	{ cat "$SCRATCH/log"; fail "the upward include failed for another reason"; }

# --- No way round by a relative path; libbpf in one module alone.
if tracked '*.c' '*.h' | grep -zv '^bpf/vmlinux/' | xargs -0r grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]*\.\./'; then
	fail "include by the module's public name"
fi
if tracked '*.c' '*.h' | grep -zv -e '^bpf/' -e '^agent/source/' -e '^tests/' |
	xargs -0r grep -nE '#[[:space:]]*include[[:space:]]*[<"](bpf/(libbpf|bpf)|linux/bpf)\.h|\.skel\.h'; then
	fail "only agent/source talks to libbpf"
fi

# --- Every compiled file of the tree.
commands=${WEIR_BUILD:-build/dev}/compile_commands.json
if [ ! -e "$commands" ] || [ -n "$(find . -path ./build -prune -o -name CMakeLists.txt -newer "$commands" -print -quit)" ]; then
	cmake -G Ninja -S . -B "$SCRATCH/tree" >"$SCRATCH/log" 2>&1 ||
		{ tail -n 20 "$SCRATCH/log"; fail "the project cannot be configured"; }
	commands=$SCRATCH/tree/compile_commands.json
fi
python3 - "$ROOT" "$commands" tests/check/layers.txt "$SCRATCH" <<'EOF' || fail "name the layer under USES of the right module, or change the table and docs/architecture.md"
import json, os, re, shlex, subprocess, sys

root, commands, table, scratch = sys.argv[1:]
allowed = {}
for line in open(table):
    line = line.strip()
    if line and not line.startswith("#"):
        folder, _, uses = line.partition(":")
        allowed[folder] = set(uses.split())

def folder_of(path):
    """The longest folder of the table that holds path."""
    while path and path not in allowed:
        path = os.path.dirname(path)
    return path

bad, seen, commands_of = set(), 0, {}
for entry in json.load(open(commands)):
    source = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
    if source.startswith(("..", "tests/", "build/")):
        continue
    folder = folder_of(source)
    if not folder:
        bad.add(f"{source}: its folder is not in {table}")
        continue
    seen += 1
    words = shlex.split(entry["command"])
    commands_of.setdefault(folder, [words[0]] + [w for w in words if w.startswith(("-I", "-D"))])
    for include in re.findall(r"-I\s*(\S+)", entry["command"]):
        include = os.path.relpath(include, root)
        if not include.endswith("/include") or include.startswith("build/"):
            continue
        other = include[: -len("/include")]
        if other != folder and other not in allowed[folder]:
            bad.add(f"{folder} sees {other}")

def first_header(folder):
    for at, folders, files in sorted(os.walk(os.path.join(folder, "include"))):
        for name in sorted(files):
            if name.endswith(".h"):
                return os.path.relpath(os.path.join(at, name), os.path.join(folder, "include"))
    return None

# Each folder's compiler, given one public header of every folder that it may not see.
headers = {folder: first_header(os.path.join(root, folder)) for folder in allowed}
probe = os.path.join(scratch, "upward.c")
for folder, command in sorted(commands_of.items()):
    above = [other for other in allowed if other != folder and other not in allowed[folder] and headers[other]]
    with open(probe, "w") as f:
        f.writelines('#if __has_include("%s")\nCOMPILES %s\n#endif\n' % (headers[other], other) for other in above)
    ran = subprocess.run(command + ["-E", "-P", "-w", probe], capture_output=True, text=True)
    if ran.returncode:
        bad.add(f"{folder}: the probe fails: {ran.stderr[:300]}")
    bad.update(f"{folder}: an include of {line[9:]} compiles" for line in ran.stdout.splitlines() if line.startswith("COMPILES "))
for folder in allowed:
    if not os.path.isdir(os.path.join(root, folder)):
        bad.add(f"{table}: there is no folder {folder}")
for text in sorted(bad):
    print(text)
print(f"{seen} files, {len(commands_of)} folders")
sys.exit(1 if bad or not seen else 0)
EOF
