# SPDX-License-Identifier: Apache-2.0
"""Files that lay there before the agent wait for their first look when they are opened: on any tier, on a file system of their own. In a guest:
first_open.py lsm|fmod_ret, with a stick."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import lab as weir
from lab import check, shell, write

# Seconds, far below and far above: which of the two it was is what is looked at, not how long it took.
BUDGET_MS = 2000
RULES = """rules:
  - id: cases-closed
    channel: file
    first_open: {folders: [CASES/closed], budget_ms: %d}
    action: audit
    on_failure: closed
    message: {zh: "尚未检查", en: "not looked at yet"}
  - id: cases-open
    channel: file
    first_open: {folders: [CASES/open], budget_ms: %d}
    action: audit
    on_failure: open
""" % (BUDGET_MS, BUDGET_MS)
TRIES = 3  # files of each kind: a machine that is busy enough looks at one too late, which is another test
SEAL = "openssl enc -aes-256-cbc -pbkdf2 -iter 10 -pass pass:x -in {source} -out {target}"
SQUEEZE = "python3 -c 'import sys, zlib; open(sys.argv[2], \"wb\").write(zlib.compress(open(sys.argv[1], \"rb\").read()))' {source} {target}"
FLOOD = 400
MEMORY_KIB = 64 << 10  # an agent's growth by a flood


class Cases:
    """A disk with two folders that wait, and one that does not."""

    def __init__(self, root):
        self.image, self.point = os.path.join(root, "cases.img"), os.path.join(root, "cases")
        os.makedirs(self.point, exist_ok=True)
        check(shell("truncate -s 24M {0} && mkfs.ext4 -q {0} && mount -o loop {0} {1}".format(self.image, self.point)).returncode == 0,
              "a disk")
        for name in ("open", "closed", "elsewhere"):
            os.mkdir(self.path(name))

    def path(self, *names):
        return os.path.join(self.point, *names)

    def policy(self, to):
        text = open(weir.BASELINE).read().replace("\nrules:\n", "\n" + RULES.replace("CASES", self.point), 1)
        write(to, text)

    def fill(self):
        """What lies there before any agent."""
        self.lists = {}
        for kind in ("open/sealed", "open/squeezed", "open/late", "elsewhere/sealed", "closed/first", "closed/stopped"):
            for i in range(TRIES):
                self.lists["%s%d" % (kind, i)] = weir.customers(500 + 20 * len(self.lists), 20)
        for name, text in self.lists.items():
            write(self.path(name + ".csv"), text)
        for kind in ("open/clean", "open/bound", "open/jailed", "closed/clean"):
            for i in range(TRIES):
                write(self.path("%s%d.csv" % (kind, i)), weir.customers(900, 20, valid=False) + "%s %d\n" % (kind, i))
        write(self.path("open", "killed.csv"), "nothing in here\n")
        for i in range(FLOOD):
            write(self.path("open", "flood%d.txt" % i), "flood %d\n" % i)

    def forget(self):
        """Nothing of the disk stays in memory, marks on it least of all."""
        weir.umount(self.point)
        check(shell("mount -o loop %s %s" % (self.image, self.point)).returncode == 0, "mount")


def counts(lab):
    return lab.status()["first_open"]


def since(lab, before):
    now = counts(lab)
    return {name: now[name] - before[name] for name in ("waited", "judged", "late", "no_room", "let_by")}


def workers(lab):
    pid = lab.processes["agent"].pid
    found = []
    for child in open("/proc/%d/task/%d/children" % (pid, pid)).read().split():
        with contextlib.suppress(OSError):
            if "weir-inspect" in os.readlink("/proc/%s/exe" % child):
                found.append(int(child))
    return found


@contextlib.contextmanager
def stopped_workers(lab):
    """Nobody looks at anything: all that an agent asks waits."""
    pids = weir.wait_for(lambda: workers(lab), 60, "workers")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def in_time(lab, cases, kind, action):
    """Does the action with one file of this kind after the other until one was looked at in time; what became of it, and the file."""
    for i in range(TRIES):
        before, path = counts(lab), cases.path("%s%d.csv" % (kind, i))
        result = action(path)
        seen = since(lab, before)
        check(seen["waited"] == 1 and seen["judged"] + seen["late"] == 1, "%s: %s" % (path, seen))
        if seen["judged"]:
            return result, path
    raise weir.Failure("%s: none was looked at in time" % kind)


def labels_awaited(lab, cases, volume, refused, on_medium):
    """Encrypted or compressed, a list's content says nothing: what was found in the source does, if it was looked at in time."""
    for kind, way in (("open/sealed", SEAL), ("open/squeezed", SQUEEZE)):
        def send(source, way=way):
            return shell(way.format(source=source, target=os.path.join(volume, os.path.basename(source) + ".bin")))

        result, path = in_time(lab, cases, kind, send)
        target = os.path.join(volume, os.path.basename(path) + ".bin")
        check(result.returncode != 0 and refused(result), "%s went through: %s" % (kind, result.stdout))
        event = lab.event(path=target, action="block")
        check(event["cause"] == "label" and not event["late"] and event["alert"], "event %s" % event)
        check(lab.counted(event, "cn_resident_id") == 20, "counts %s" % event["counts"])
        found = lab.event(path=path)
        check(found["activity"] == "open" and found["hook"] == "fanotify/open" and found["action"] == "audit", "event %s" % found)
    check(not on_medium(weir.identifiers(cases.lists["open/sealed0"])), "customers are on the medium")
    # A folder that waits for nothing: the same goes through until its close.
    before, target = counts(lab), os.path.join(volume, "elsewhere.bin")
    check(shell(SEAL.format(source=cases.path("elsewhere", "sealed0.csv"), target=target)).returncode == 0,
          "refused without having waited")
    check(since(lab, before)["waited"] == 0, "a folder that is not named waited")


def labels_awaited_by_the_kernel(lab, cases, volume):
    """Its programs let noise pass and remember who wrote it: what landed is taken off at the close, for its writer had read a list."""
    def send(source):
        shell(SEAL.format(source=source, target=os.path.join(volume, os.path.basename(source) + ".bin")))

    _, path = in_time(lab, cases, "open/sealed", send)
    event = lab.event(path=os.path.join(volume, os.path.basename(path) + ".bin"), action="block")
    check(event["cause"] == "label" and event["alert"], "event %s" % event)
    check(lab.counted(event, "cn_resident_id") == 20, "counts %s" % event["counts"])
    # A folder that waits for nothing: nobody knows what it was.
    target = os.path.join(volume, "elsewhere.bin")
    shell(SEAL.format(source=cases.path("elsewhere", "sealed0.csv"), target=target))
    event = lab.event(path=target)
    check(event["cause"] == "unreadable" and event["action"] != "block", "event %s" % event)


def cat(path):
    return shell("cat " + path).returncode


def clean_files_wait_once(lab, cases):
    result, path = in_time(lab, cases, "open/clean", cat)
    check(result == 0, "a clean file")
    before = counts(lab)
    check(shell("for i in $(seq 1000); do read -r x < %s || exit 1; done" % path).returncode == 0, "a clean file, again")
    seen = since(lab, before)
    print("1000 openings of a known file: %d waited, %d were seen at all" % (seen["waited"], seen["let_by"]))
    check(seen["waited"] == 0, "known files wait: %s" % seen)
    if [int(part) for part in os.uname().release.split(".")[:2]] >= [5, 19]:
        check(seen["let_by"] == 0, "openings of known files are seen: %s" % seen)
    return path


def changed_files_wait_again(lab, path):
    """It is not even closed yet."""
    before = counts(lab)
    with open(path, "a") as out:
        out.write(weir.customers(900, 20))
        out.flush()
        check(cat(path) == 0, "a changed file")
        check(since(lab, before)["waited"] >= 1, "the opening after a change: %s" % since(lab, before))


def other_mounts(lab, cases):
    """Who binds the folder to another name, in mounts of his own, waits all the same; and what lies elsewhere does not."""
    own = "unshare --mount --propagation private sh -c '%s'"
    aside = own % "mount --bind %s /mnt && cat /mnt/%s"
    result, _ = in_time(lab, cases, "open/bound", lambda path: shell(aside % os.path.split(path)).returncode)
    check(result == 0, "a bound folder")
    before = counts(lab)
    check(shell(aside % (cases.path("elsewhere"), "sealed1.csv")).returncode == 0, "another bound folder")
    check(since(lab, before)["waited"] == 0, "elsewhere, under another name: %s" % since(lab, before))
    jail = own % ("mount --bind %s /mnt && python3 -c \"import os; os.chroot(\\\"/mnt\\\"); open(\\\"/open/%s\\\")\"")
    result, _ = in_time(lab, cases, "open/jailed", lambda path: shell(jail % (cases.point, os.path.basename(path))).returncode)
    check(result == 0, "a jail")


def refused_by_then(lab, path):
    """Nobody could look in time, and the rule says closed."""
    before = counts(lab)
    with stopped_workers(lab):
        check(weir.attempt(lambda: open(path).close()) == 1, "opened without a verdict")
        seen = since(lab, before)
        check(seen["waited"] == seen["late"] == 1, "a closed rule: %s" % seen)
    event = lab.event(path=path, action="block")
    check(event["rule"] == "cases-closed" and event["alert"] and event["cause"] == "no_state" and event["activity"] == "open",
          "event %s" % event)
    weir.wait_for(lambda: weir.attempt(lambda: open(path).close()) == 0, 60, "the file once it was looked at")


def late_verdict(lab, cases, volume, gate):
    """Let through in the end, the process is still known to have read it once that is known."""
    path, target, before = cases.path("open", "late0.csv"), os.path.join(volume, "late.bin"), counts(lab)
    with stopped_workers(lab):
        text = open(path).read()
        seen = since(lab, before)
        check(seen["waited"] == seen["late"] == 1, "an open rule: %s" % seen)
        event = lab.event(path=path, cause="no_state")
        check(event["rule"] == "cases-open" and event["action"] == "audit" and not event["alert"], "event %s" % event)
        dirty = lab.status()["counts"]["labels_dirty"]
    weir.wait_for(lambda: lab.status()["counts"]["labels_dirty"] > dirty, 60, "the late label")

    def carry():
        with open(target, "wb") as out:
            os.write(out.fileno(), bytes(a ^ b for a, b in zip(text.encode(), os.urandom(len(text)))))

    result = weir.attempt(carry)
    if gate:
        check(result == 1, "what was read before the verdict went out after it: %d" % result)
    else:
        event = lab.event(path=target, action="block")
        check(event["cause"] == "label", "event %s" % event)


def memory_kib(lab):
    status = open("/proc/%d/status" % lab.processes["agent"].pid).read()
    return int(status.split("VmRSS:")[1].split()[0])


def flood(lab, cases):
    """More openings than may wait: the rest is let through at once, counted; nobody hangs, nothing grows."""
    before, memory, failed, done = counts(lab), memory_kib(lab), [], []

    def read(i):
        try:
            open(cases.path("open", "flood%d.txt" % i)).close()
        except OSError as error:
            failed.append(error)
        done.append(i)

    with stopped_workers(lab):
        threads = [threading.Thread(target=read, args=(i,)) for i in range(FLOOD)]
        for thread in threads:
            thread.start()
        weir.wait_for(lambda: counts(lab)["no_room"] > before["no_room"] or len(done) == FLOOD, 60, "a full table")
        for thread in threads:
            thread.join(60)
    seen = since(lab, before)
    print("%d openings at once with nobody to look: %s, %d KiB more" % (FLOOD, seen, memory_kib(lab) - memory))
    check(not failed and len(done) == FLOOD, "%d of %d openings ended, %s" % (len(done), FLOOD, failed[:3]))
    check(seen["judged"] == 0 and seen["late"] + seen["no_room"] == FLOOD and seen["late"] == seen["waited"], "the flood: %s" % seen)
    check(memory_kib(lab) - memory < MEMORY_KIB, "the agent grew by %d KiB" % (memory_kib(lab) - memory))
    check(lab.status()["gate"]["running"], "the deadman opened the gate")


def agent_goes(lab, cases):
    """Whoever waits when the agent is killed goes on."""
    cases.forget()
    weir.wait_for(lambda: counts(lab)["unmarked"] == 0, 60, "the disk's mark")
    with stopped_workers(lab):
        reader = subprocess.Popen(["cat", cases.path("open", "killed.csv")], stdout=subprocess.DEVNULL)
        before = counts(lab)["waited"]
        weir.wait_for(lambda: counts(lab)["waited"] >= before or reader.poll() is not None, 30, "a waiting opening")
        lab.kill("agent")
    check(reader.wait(60) == 0, "the opening failed when the agent was gone")


def run(lab, cases, volume, on_medium=None):
    """on_medium: the gate decides on the volume, tier 3; else the kernel does."""
    check(counts(lab)["unmarked"] == 0, "folders that are not watched over: %s" % counts(lab))
    if on_medium:
        labels_awaited(lab, cases, volume, lambda result: "not permitted" in result.stdout, on_medium)
    else:
        labels_awaited_by_the_kernel(lab, cases, volume)
    path = clean_files_wait_once(lab, cases)
    changed_files_wait_again(lab, path)
    other_mounts(lab, cases)
    for kind in ("closed/clean", "closed/first"):
        result, _ = in_time(lab, cases, kind, cat)
        check(result == 0, "%s: reading is no sending" % kind)
    late_verdict(lab, cases, volume, on_medium is not None)  # before this process has read any other list
    refused_by_then(lab, cases.path("closed", "stopped0.csv"))
    if on_medium:  # what a guest's one slow processor does to 400 threads says nothing of the table
        flood(lab, cases)
        agent_goes(lab, cases)


def scenario(tier):
    import stick

    cases, policy = Cases("/srv"), "/srv/policy.yaml"
    cases.policy(policy)
    cases.fill()
    cases.forget()
    with stick.plugged(tier, policy) as lab:
        run(lab, cases, stick.STICK)


def image(path):
    """From outside, on what the guest left."""
    with open(path, "rb") as file:
        data = file.read()
    numbers = [number for first in range(500, 1000, 20) for number in weir.identifiers(weir.customers(first, 20))]
    left = [number for number in numbers if number.encode() in data]
    check(not left, "%d of %d identifiers are on the medium" % (len(left), len(numbers)))


if __name__ == "__main__":
    if sys.argv[1] == "--image":
        weir.main(lambda: image(sys.argv[2]))
    else:
        weir.main(lambda: scenario(sys.argv[1]))
