# SPDX-License-Identifier: Apache-2.0
"""In a guest with an ext4 stick: every call that puts bytes into a file (tests/bpf/calls.c), each with customers and with nobody,
and what ordinary programs make of the refusals.

calls.py TIER [STEP]...  lsm or fmod_ret, what this guest must settle on
calls.py --image IMG     on the stick's raw image, from outside the guest"""

import errno
import filecmp
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from lab import check, shell, write  # noqa: E402
from stick import HOOKS, STICK, looks_later, plug  # noqa: E402

DATA, ELSEWHERE = "/srv/data", "/opt/elsewhere"
DIRTY, CLEAN, EIGHT = ELSEWHERE + "/customers.csv", ELSEWHERE + "/clean.csv", ELSEWHERE + "/eight.csv"
UNSEEN_MANY, UNSEEN_FIVE = ELSEWHERE + "/unseen.csv", ELSEWHERE + "/unseen-five.csv"
LABELLED = DATA + "/customers.csv"
CALLS = os.path.join(weir.BUILD, "tests", "calls")
MAPS = {"lsm": ("lsm/mmap_file", "lsm/file_mprotect"),
        "fmod_ret": ("fmod_ret/security_mmap_file", "fmod_ret/security_file_mprotect")}
ERRNO = errno.errorcode

# Copies inside the kernel: what each says when its source is not known to be clean. The programs' way round is read and write.
DETOURS = {"copy_file_range": errno.EXDEV, "clone": errno.EXDEV, "clone_range": errno.EXDEV, "sendfile": errno.EINVAL,
           "splice": errno.EINVAL, "vmsplice": errno.EINVAL, "compat_sendfile": errno.EINVAL, "uring_splice": errno.EOPNOTSUPP}
# What a file becomes by these is looked at when it is closed.
SHIFTS = ["collapse", "insert"]
# Refused by the kernel itself before anybody is asked: between two file systems, and ext4 does not clone.
NOT_ASKED = ["clone", "clone_range"]
# The kernel itself copies so within one file system only, so the source is on the stick.
WITHIN = ["copy_file_range"]
# What has a buffer that is found and read.
READ = ["write", "room", "cut_short", "emptied", "aio", "aio_vector", "aio_batch", "uring", "uring_vector", "uring_fixed", "uring_worker",
        "uring_polled", "uring_linked", "uring_append", "compat_write", "compat_writev", "compat_pwrite", "compat_pwritev"]
# In halves that would pass by themselves.
DIRTIER = {"room": EIGHT, "cut_short": EIGHT, "emptied": EIGHT, "uring_append": EIGHT}
# What they leave is not what they were given.
CHANGED = ["room", "cut_short", "emptied", "aio_batch"]
# From memory that is not there when somebody looks: the look comes later.
UNSEEN = ["unseen", "unseen_rest", "unseen_long"]
# What nobody comes by when it is there stays refused.
UNSEEN_EVER = ["unseen_vector", "unseen_direct"]
LATE_HOOK = "fexit/fault_in_readable"
LONG = 16 * 4096  # before what unseen_long is given
SWAP = "/srv/swap"


def attempted(way, source, target):
    return subprocess.run([CALLS, way, source, target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def call(way, source, target):
    """The errno with which it went, 0 when it went through."""
    result = attempted(way, source, target)
    check(result.returncode == 0, "%s could not be gone: %s" % (way, result.stdout))
    return int(result.stdout)


def is_errno(what, seen, wanted):
    check(seen == wanted, "%s: %s, not %s" % (what, ERRNO.get(seen, seen), ERRNO.get(wanted, wanted)))


def unseen_customers():
    return weir.customers(160, 20)


def counter(lab, name):
    return lab.status()["kernel_counts"][name]


def no_identifiers(path, identifiers):
    content = open(path, "rb").read()
    check(not any(i.encode() in content for i in identifiers), "identifiers in %s" % path)


def untold(lab, step, mine):
    """Nothing is told of the paths for which mine holds, while what is refused after them is."""
    after = "%s/after-%s" % (STICK, step)
    is_errno("a write of customers", call("write", DIRTY, after), errno.EACCES)
    lab.event(path=after, action="block")
    told = [event for event in lab.events() if event["action"] == "block" and mine(event.get("file", {}).get("path", ""))]
    check(not told, "told of after %s: %s" % (step, told[:2]))


def detour(lab, way, wanted, sources, identifiers):
    """Sent round, and counted as often as anybody was asked; where it would have gone to."""
    before, targets = counter(lab, "detoured"), []
    for name, source in sources.items():
        targets.append("%s/detour-%s-%s" % (STICK, way, name))
        is_errno("%s of %s" % (way, name), call(way, source, targets[-1]), wanted)
        no_identifiers(targets[-1], identifiers)
    detoured, expected = counter(lab, "detoured") - before, 0 if way in NOT_ASKED else len(sources)
    check(detoured == expected, "%s: %d detours, not %d" % (way, detoured, expected))
    return targets


def detours(lab, identifiers):
    """Neither customers nor nobody: sent round, counted, not told of. What is labelled is refused and told of."""
    unseen, targets = open(STICK + "/source", "w"), []
    unseen.write(open(CLEAN).read())
    unseen.flush()  # not closed: nobody has looked at it as a whole
    for way, wanted in DETOURS.items():
        sources = {"within": STICK + "/source"} if way in WITHIN else {"dirty": DIRTY, "clean": CLEAN}
        targets += detour(lab, way, wanted, sources, identifiers)
    unseen.close()
    for way in SHIFTS:
        targets.append("%s/shifted-%s" % (STICK, way))
        is_errno(way, call(way, CLEAN, targets[-1]), 0)
    weir.wait_for(lambda: call("copy_file_range", STICK + "/source", STICK + "/known") == 0, 60, "a label that it is clean")
    check(filecmp.cmp(CLEAN, STICK + "/known", False), "copy_file_range changed a clean file")
    target = STICK + "/labelled"
    is_errno("sendfile of a labelled file", call("sendfile", LABELLED, target), errno.EACCES)
    event = lab.event(path=target, action="block")
    check(event["cause"] == "label" and event["alert"], "sendfile of a labelled file: %s" % event)
    untold(lab, "detours", lambda path: path in targets)


def buffers(lab, tier, identifiers):
    """Every buffer that can be found is read, whoever writes it."""
    for way in READ:
        dirty, clean = ("%s/read-%s-%s" % (STICK, way, name) for name in ("dirty", "clean"))
        is_errno("%s of customers" % way, call(way, DIRTIER.get(way, DIRTY), dirty), errno.EACCES)
        event = lab.event(path=dirty, action="block")
        check(event["cause"] == "content" and event["hook"] == HOOKS[tier][0] and event["alert"], "%s: %s" % (way, event))
        check(lab.counted(event, "cn_resident_id") >= 5, "%s counted %s" % (way, event["counts"]))
        content = open(dirty, "rb").read()
        check(sum(i.encode() in content for i in identifiers) < 5, "%s let customers through" % way)
        is_errno("%s of nobody" % way, call(way, CLEAN, clean), 0)
        if way not in CHANGED:
            check(filecmp.cmp(CLEAN, clean, False), "%s changed what it wrote" % way)
    untold(lab, "buffers", lambda path: path.endswith("-clean"))


def swap_on():
    """Somewhere to take memory to; on a file system that lies in memory itself only a loop device can be."""
    done = shell("truncate -s 32M {0} && mkswap -q {0} && swapon $(losetup -f --show {0})".format(SWAP))
    if done.returncode != 0:
        print("no swap: %s" % done.stdout)
    return done.returncode == 0


def stopped(lab, tier, way, source, target):
    """Its process ends before any of it has landed that may not, and that is told like a refusal."""
    result = attempted(way, source, target)
    check(result.returncode == -signal.SIGKILL, "%s of customers: %s, %s" % (way, result.returncode, result.stdout))
    event = lab.event(path=target, action="block")
    check(event["cause"] == "content" and event["hook"] == LATE_HOOK and event["tier"] == tier and event["alert"], "%s: %s" % (way, event))
    check(event["rule"] == "removable-bulk-identity" and event["process"]["name"] == "calls", "%s: %s" % (way, event))
    check(lab.counted(event, "cn_resident_id") >= 5, "%s counted %s" % (way, event["counts"]))


def never_seen(lab, ways):
    """Nobody comes by when it is there, so that it is refused, whosever it is."""
    for way in ways:
        target = "%s/%s" % (STICK, way)
        is_errno(way, call(way, CLEAN, target), errno.EACCES)
        check(lab.event(path=target, action="block")["cause"] == "unreadable", way)


def unseen(lab, tier, swapped):
    """What is not in memory at the call is looked at when it is: nobody's arrives whole, customers do not."""
    before, ways = counter(lab, "late_looks"), UNSEEN + (["unseen_swapped"] if swapped else [])
    if not looks_later(lab):
        never_seen(lab, ways + UNSEEN_EVER)
        return
    for way in ways:
        dirty, clean = ("%s/%s-%s" % (STICK, way, name) for name in ("dirty", "clean"))
        is_errno("%s of nobody" % way, call(way, CLEAN, clean), 0)
        content = open(CLEAN).read()
        check(open(clean).read() == ("." * LONG if way == "unseen_long" else "") + content, "%s changed what it wrote" % way)
        stopped(lab, tier, way, UNSEEN_FIVE if way == "unseen_rest" else UNSEEN_MANY, dirty)
        no_identifiers(dirty, weir.identifiers(unseen_customers()))
    looks = counter(lab, "late_looks") - before
    check(looks >= 2 * len(ways), "%d looks at %d writes" % (looks, 2 * len(ways)))
    untold(lab, "unseen", lambda path: path.startswith(STICK + "/unseen") and path.endswith("-clean"))
    never_seen(lab, UNSEEN_EVER)


def opened_anew(lab):
    """Eight customers, four a document: who opens a file to write it from its start writes another document."""
    target = STICK + "/anew"
    for name in ("first", "second"):
        is_errno("the %s four" % name, call("write", "%s/four-%s.csv" % (ELSEWHERE, name), target), 0)
    untold(lab, "opened_anew", lambda path: path == target)


def mappings(lab, tier, identifiers):
    for way, hook in (("mmap", 0), ("mmap_validate", 0), ("mprotect", 1)):
        for name, source in (("dirty", DIRTY), ("clean", CLEAN)):
            target = "%s/%s-%s" % (STICK, way, name)
            is_errno("%s for %s" % (way, name), call(way, source, target), errno.EACCES)
            event = lab.event(path=target, action="block")
            check(event["hook"] == MAPS[tier][hook] and event["cause"] == "opaque" and event["alert"], "%s: %s" % (way, event))
            check(event["rule"] == "removable-bulk-identity", "%s is held by %s" % (way, event["rule"]))
            no_identifiers(target, identifiers)
    is_errno("mappings without stores", call("harmless_maps", CLEAN, STICK + "/harmless_maps"), 0)
    is_errno("a mapping elsewhere", call("mmap", DIRTY, ELSEWHERE + "/mapped"), 0)


def doctor(lab, tier):
    """Both hooks were seen to refuse, and what they cover is no blind spot any more."""
    channels = {channel["channel"]: channel for channel in lab.doctor()["channels"]}
    looks_later(lab)
    for name in ("removable", "share"):
        evidence = {seen["hook"]: seen for seen in channels[name]["evidence"]}
        for hook in MAPS[tier]:
            check(hook in evidence, "%s: no evidence of %s: %s" % (name, hook, list(evidence)))
            check(evidence[hook]["denied"] and evidence[hook]["passed_clean"], "%s: %s" % (name, evidence[hook]))
        spots = channels[name]["blind_spots"]
        check("older_mappings" in spots and "mmap_stores" not in spots, "%s: blind spots %s" % (name, spots))


def tree(path):
    """A few files of the kinds that programs copy in different ways."""
    os.makedirs(path + "/deep", exist_ok=True)
    for i in range(12):
        write("%s/deep/note-%d.txt" % (path, i), "a note about nothing in particular, %d\n" % i * 50)
    with open(path + "/big.bin", "wb") as out:
        out.write(os.urandom(3 << 20))
    with open(path + "/sparse.img", "wb") as out:
        out.truncate(4 << 20)
        out.write(b"end")
    write(path + "/empty", "")


def same(left, right):
    result = shell("diff -r --no-dereference %s %s" % (left, right))
    check(result.returncode == 0, "the copy differs: %s" % result.stdout)


PROGRAMS = {
    "cp -r": "cp -r {source} {target}",
    "cp --reflink=auto --sparse=always": "cp -r --reflink=auto --sparse=always {source} {target}",
    "mv": "cp -r {source} {source}.moved && mv {source}.moved {target}",
    "rsync": "rsync -a {source}/ {target}",
    "tar": "mkdir {target} && tar -C {source} -cf - . | tar -C {target} -xf -",
    "zip": "mkdir {target} && (cd {source} && zip -qr {target}.zip .) && unzip -q {target}.zip -d {target}",
    "python shutil": "python3 -c 'import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])' {source} {target}",
    "dd": "cp -r {source} {target} && dd if={source}/big.bin of={target}/big.bin bs=1M status=none",
    "install": "mkdir {target} && cp -r {source}/deep {target} && install -m 644 {source}/big.bin {source}/sparse.img "
               "{source}/empty {target}",
}


def programs(lab):
    """Clean files pass, onto the stick and within it, byte for byte, and nothing is told of them."""
    source = ELSEWHERE + "/tree"
    tree(source)
    for name, way in PROGRAMS.items():
        for where, of in (("onto", source), ("within", STICK + "/tree")):
            target = "%s/%s-%s" % (STICK, where, name.replace(" ", "").replace("/", ""))
            result = shell(way.format(source=of, target=target))
            check(result.returncode == 0, "%s %s the stick: %s" % (name, where, result.stdout))
            same(source, target)
            if not os.path.exists(STICK + "/tree"):
                os.rename(target, STICK + "/tree")
            else:
                shell("rm -rf %s %s.zip" % (target, target))
    untold(lab, "programs", lambda path: "/onto-" in path or "/within-" in path)


def run(lab, tier):
    for path in (DATA, ELSEWHERE):
        os.makedirs(path, exist_ok=True)
    swapped = swap_on()
    lab.start_all()
    plug()
    labelled, unlabelled, eight = weir.customers(0, 20), weir.customers(20, 20), weir.customers(120, 8)
    write(LABELLED, labelled)
    lab.event(path=LABELLED)
    write(DIRTY, unlabelled)
    write(EIGHT, eight)
    write(ELSEWHERE + "/four-first.csv", weir.customers(130, 4))
    write(ELSEWHERE + "/four-second.csv", weir.customers(140, 4))
    write(CLEAN, weir.customers(40, 20, valid=False))
    write(UNSEEN_MANY, unseen_customers())
    write(UNSEEN_FIVE, weir.customers(160, 5))
    # Not from the files: whoever has read the labelled one is held to its label.
    identifiers = [number for text in (labelled, unlabelled, eight) for number in weir.identifiers(text)]
    steps = {"doctor": lambda: doctor(lab, tier), "buffers": lambda: buffers(lab, tier, identifiers),
             "unseen": lambda: unseen(lab, tier, swapped), "detours": lambda: detours(lab, identifiers), "opened_anew": lambda: opened_anew(lab),
             "mappings": lambda: mappings(lab, tier, identifiers), "programs": lambda: programs(lab)}
    for name in sys.argv[2:] or steps:
        steps[name]()
        print("held: %s" % name)


def scenario(tier):
    lab = weir.Lab("/srv/lab", pin_dir="/sys/fs/bpf/weir", watch=[DATA])
    try:
        run(lab, tier)
    except weir.Failure:
        lab.logs()
        raise
    finally:
        lab.stop()
        subprocess.run(["umount", STICK], check=False, stderr=subprocess.DEVNULL)


def image(path):
    """From outside: of those that nobody could see at the call none is on the medium, and what was nobody's is."""
    with open(path, "rb") as file:
        data = file.read()
    numbers = weir.identifiers(unseen_customers())
    left = [number for number in numbers if number.encode() in data]
    check(not left, "%d of %d identifiers are on the medium" % (len(left), len(numbers)))
    whole = data.count(weir.customers(40, 20, valid=False).encode())
    check(whole >= len(UNSEEN), "nobody's table is %d times on the medium" % whole)
    print("raw image: 0 of %d identifiers, nobody's table %d times" % (len(numbers), whole))


if __name__ == "__main__":
    weir.main(lambda: image(sys.argv[2]) if sys.argv[1] == "--image" else scenario(sys.argv[1]))
