#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that hold nobody's data, copied to a sink by the thousand: none is refused, each arrives as it was.

clean_files.py stage DIR COUNT [FROM]...  gathers COUNT files of this machine in DIR (and of the folders FROM), as real files
clean_files.py host DIR                   copies them to a volume in tier 3 here
clean_files.py guest HOOK DIR             to a FAT stick in a guest: lsm or fmod_ret; tests/eval/clean.sh does all of it"""

import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "eval"))
import lab as weir  # noqa: E402
from host import Host, in_own_mounts  # noqa: E402
import wrap  # noqa: E402
from lab import check  # noqa: E402

FILE_BYTES = 1 << 20  # of one file at most
MEAN_BYTES = 40 << 10  # of all of a kind together, times their number
# Kind: where such files lie, and what their names end with.
KINDS = {
    "documentation": (("/usr/share/doc", "/usr/share/man", "/usr/share/info"), ""),
    "sources": (("/usr/include", "/usr/lib/python3", "/usr/share/perl", "/usr/share/cmake-3.25", "/usr/src"),
                (".h", ".c", ".py", ".pm", ".pl", ".cmake", ".sh")),
    "media": (("/usr/share",), (".png", ".jpg", ".gif", ".svg", ".svgz", ".wav", ".ogg", ".oga", ".mp3", ".ttf", ".otf", ".pfb", ".ico")),
    "programs": (("/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/python3"), ("", ".so", ".o", ".a", ".pyc", ".ko")),
    "other": (("/usr/share",), ""),
}
MADE = ("docx", "xlsx", "pptx", "odt", "ods", "doc", "xls", "ppt", "msg", "rtf", "pdf", "mail attachment docx", "mbox", "sqlite",
        "zip", "tar.gz", "html in gbk", "csv")
# What the default policy stops from five on, and by what.
LIMIT = 5
COUNTED = ("cn_resident_id", "payment_card")


def rank(path):
    return hashlib.sha256(path.encode(errors="surrogateescape")).digest()


def wanted(path, endings):
    name = os.path.basename(path)
    suffix = os.path.splitext(name)[1]
    return not endings or suffix in endings or (".so." in name and ".so" in endings)


def found(roots, endings):
    for root in roots:
        for base, _, names in os.walk(root):
            for name in names:
                path = os.path.join(base, name)
                if wanted(path, endings) and not os.path.islink(path) and os.path.isfile(path) and 0 < os.path.getsize(path) <= FILE_BYTES:
                    yield path


def choose(count, more):
    """At most count files, an equal share of each kind, the same ones every time."""
    chosen, share = {}, -(-count // (len(KINDS) + 1))
    for kind, (roots, endings) in KINDS.items():
        left, room = share, share * MEAN_BYTES
        for path in sorted(set(found((*roots, *more), endings)), key=rank):
            size = os.path.getsize(path)
            if left and path not in chosen and size <= room:
                chosen[path] = kind
                left, room = left - 1, room - size
    return chosen


def paragraphs(count):
    """Lines of this machine's documentation, a few for each of so many documents."""
    lines = []
    for path in sorted(found(("/usr/share/doc",), ()), key=rank):
        if len(lines) >= count * 8:
            break
        if os.path.basename(path) == "copyright":
            with open(path, encoding="utf-8", errors="replace") as file:
                lines += ["".join(c for c in line if c.isprintable()) for line in file][:200]
    return lines


def stage(folder, count, more=()):
    """Copies of what was chosen, and office documents made of documentation; {kind: how many}."""
    kinds = {}

    def place(kind, suffix):
        kinds[kind] = kinds.get(kind, 0) + 1
        at = os.path.join(folder, kind, "%03d" % (kinds[kind] // 500))
        os.makedirs(at, exist_ok=True)
        return os.path.join(at, "%05d%s" % (kinds[kind], suffix))
    chosen = choose(count, more)
    for path, kind in chosen.items():
        shutil.copyfile(path, place(kind, os.path.splitext(path)[1][:8].rstrip(".")))
    rest = count - len(chosen)
    lines = paragraphs(rest) or [""]
    for i in range(rest):
        name = MADE[i % len(MADE)]
        start = i * 8 % len(lines)
        with open(place("documents", "." + name.split()[-1]), "wb") as file:
            file.write(wrap.WRAPPINGS[name](["document %d" % i] + lines[start:start + 8 + i % 40]))
    return kinds


def says_policy(path):
    """Does the file hold by content what the policy stops? Numbers of test cards in somebody's test suite do."""
    done = subprocess.run([os.path.join(weir.BIN, "weir"), "scan", "--no-state", "--format", "json", "--min-confidence", "70", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    distinct = json.loads(done.stdout.splitlines()[0])["distinct"]
    return any(distinct.get(detector, 0) >= LIMIT for detector in COUNTED)


def files_below(folder):
    return [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names]


def quiet(lab, expected):
    """Until so many files have been looked at, nothing waits and nothing has come for a while."""
    seen = [None, 0]
    weir.wait_for(lambda: lab.status()["counts"]["files_inspected"] >= expected, 3000, "%d files to be looked at" % expected)

    def still():
        status = lab.status()
        now = (status["counts"]["files_closed"], status["counts"]["records"], len(lab.events(only_alerts=True)))
        seen[:] = [now, seen[1] + 1 if now == seen[0] else 0]
        return seen[1] >= 12 and status["pending"] == 0
    weir.wait_for(still, 180, "a quiet agent")


def differing(folder, volume):
    """Files that did not arrive as they were, and how many there are in all."""
    paths, bad = files_below(folder), []
    for path in paths:
        copy = os.path.join(volume, os.path.relpath(path, folder))
        if not os.path.exists(copy) or not filecmp.cmp(path, copy, shallow=False):
            bad.append(path)
    return len(paths), bad


def scenario(lab, folder, volume, title):
    """Prints what became of them; fails when one was refused, lost or alerted about without a reason."""
    target, began = os.path.join(volume, "copies"), time.monotonic()
    done = subprocess.run(["cp", "-r", folder, target], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    copied = time.monotonic() - began
    quiet(lab, len([path for path in files_below(target) if os.path.getsize(path)]))
    judged = time.monotonic() - began
    count, bad = differing(folder, target)
    alerts, counts = lab.events(5000, only_alerts=True), lab.status()["counts"]
    justified = [path for path in bad if says_policy(path)]
    hidden = [event for event in alerts if event.get("scan_reason", "").endswith("encrypted")]
    # The policy wants to know of ten addresses of authors too; it stops nothing for it.
    told = [event for event in alerts if event["action"] == "audit" and event.get("cause") == "content" and event.get("rule")]
    noise = [event for event in alerts if event not in hidden + told and not any(
        os.path.join(target, os.path.relpath(path, folder)) == event["file"]["path"] for path in justified)]
    lost = {name: counts[name] for name in ("inspect_dropped", "fanotify_overflow", "report_failed") if counts[name]}
    print("%s: %d files, copied in %.0f s, judged by %.0f s: %d refused, of which %d hold what the policy names; %d alerts, of which "
          "%d of encrypted files, %d of addresses and the like, that stopped nothing; lost: %s" %
          (title, count, copied, judged, len(bad), len(justified), len(alerts), len(hidden), len(told), lost or "nothing"))
    for path in bad:
        print("  %s %s" % ("holds:" if path in justified else "REFUSED:", path))
    for event in noise:
        print("  ALERT: %s %s %s" % (event["action"], event.get("cause"), event.get("scan_reason")), event["file"]["path"])
    check(len(bad) == len(justified), "%d clean files were refused: %s" % (len(bad) - len(justified), done.stderr[:300]))
    check(not noise, "%d alerts about clean files" % len(noise))
    check(not lost, "files were not looked at: %s" % lost)


def host(folder, count=0):
    """Tier 3 on this machine; with a count, folder is filled first."""
    with Host(1024) as place, place.lab(3) as lab:
        if count:
            folder = os.path.join(place.root, "stage")
            print(stage(folder, count))
        lab.start_all()
        scenario(lab, folder, place.volume, "tier 3")


def guest(hook, folder):
    import stick
    with stick.plugged(hook) as lab:
        scenario(lab, folder, stick.STICK, "%s, %s" % (hook, os.uname().release))


if __name__ == "__main__":
    mode = sys.argv[1]
    if mode == "stage":
        print(stage(sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
    elif mode == "host":
        in_own_mounts(__file__)
        weir.main(lambda: host(sys.argv[2]))
    else:
        weir.main(lambda: guest(sys.argv[2], sys.argv[3]))
