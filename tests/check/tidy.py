#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the first-party files of a compilation database: tidy.py ROOT BUILD CACHE.

Each file's preprocessed text, its command, the configuration and the program's version make a key, the same in every checkout; a
key that passed is kept as an empty file in CACHE, so that a second run costs the preprocessing alone."""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

TIDY = "clang-tidy-14"
FORGET = 30 * 86400  # seconds since a key was last met


def first_party(root, database):
    for entry in database:
        path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        name = os.path.relpath(path, root)
        if not name.startswith(("..", "build/")) and name.endswith(".c"):
            yield name, entry


def configuration(root):
    """What judges every file alike."""
    digest = hashlib.sha256(subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout)
    for name in (".clang-tidy", "tests/.clang-tidy"):
        with open(os.path.join(root, name), "rb") as config:
            digest.update(config.read())
    return digest.digest()


def key_of(root, common, entry):
    words = shlex.split(entry["command"])
    out = words.index("-o")
    words[out + 1] = "-"
    words = [word for word in words if word not in ("-c",)] + ["-E"]
    done = subprocess.run(words, cwd=entry["directory"], capture_output=True)
    if done.returncode != 0:
        return None
    digest = hashlib.sha256(common)
    with open(entry["file"], "rb") as source:
        digest.update(source.read())
    for text in (re.sub(rb"^# .*$", b"", done.stdout, flags=re.M), entry["command"].encode()):
        digest.update(text.replace(os.fsencode(root) + b"/", b""))
    return digest.hexdigest()


def forget_old(cache):
    """Several checkouts may do so at once."""
    for mark in os.scandir(cache):
        try:
            if mark.stat().st_mtime < time.time() - FORGET:
                os.unlink(mark.path)
        except FileNotFoundError:
            pass


def check(root, build, cache, common, name, entry):
    key = key_of(root, common, entry)
    if key is None:
        return name, None, "cannot be preprocessed: build the tree once (generated headers)"
    mark = os.path.join(cache, key)
    try:
        os.utime(mark)
        return name, True, ""
    except FileNotFoundError:
        pass
    done = subprocess.run([TIDY, "-p", build, "--quiet", name], cwd=root, capture_output=True, text=True)
    if done.returncode == 0:
        open(mark, "w").close()
    return name, done.returncode == 0, done.stdout


def main():
    root, build, cache = (os.path.realpath(arg) for arg in sys.argv[1:4])
    os.makedirs(cache, exist_ok=True)
    forget_old(cache)
    common = configuration(root)
    with open(os.path.join(build, "compile_commands.json")) as file:
        files = list(first_party(root, json.load(file)))
    seen, bad = set(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        jobs = []
        for name, entry in files:
            if name not in seen:
                seen.add(name)
                jobs.append(pool.submit(check, root, build, cache, common, name, entry))
        for job in concurrent.futures.as_completed(jobs):
            name, passed, text = job.result()
            if not passed:
                bad += 1
                print(f"{name}\n{text}".replace(root + "/", ""), flush=True)
    print(f"{len(seen)} files, {bad} with findings")
    return 1 if bad or not seen else 0


sys.exit(main())
