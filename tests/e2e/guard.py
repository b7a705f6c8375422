# SPDX-License-Identifier: Apache-2.0
"""In a guest, as root: everything that would end, blind or rob the agent is refused, until a signed unlock.

guard.py TIER: lsm or fmod_ret."""

import ctypes
import errno
import fcntl
import functools
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from lab import check, shell, write  # noqa: E402

LIBC = ctypes.CDLL(None, use_errno=True)
PREFIX, CONFIG, SINK = "/opt/weir", "/etc/weir/agent.yaml", "/media/sink"
PINS, CGROUP = "/sys/fs/bpf/weir", "/sys/fs/cgroup/weir.slice/weir.service"
BPF, PTRACE, VM_WRITEV, PIDFD_OPEN, PIDFD_GETFD, IOPRIO_SET = 321, 101, 311, 434, 438, 251
MOUNT, PIVOT_ROOT, PERF_EVENT_OPEN, MOVE_MOUNT, HERE, BIND = 165, 155, 298, 429, 0xffffff9c, 4096
MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, PROG_LOAD, OBJ_PIN, OBJ_GET = 0, 1, 2, 5, 6, 7
PROG_NEXT, MAP_NEXT, PROG_FD, MAP_FD, LINK_DETACH = 11, 12, 13, 14, 34
TRACING, MODIFY_RETURN, LSM, LSM_MAC = 26, 26, 29, 27
ENABLE_VERITY = 0x40806685
HOOKS = ("bpf", "file", "mount", "signal", "trace", "limit", "control")


def call(number, *arguments):
    """A system call: its result, or -errno."""
    result = LIBC.syscall(ctypes.c_long(number), *[ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments])
    return -ctypes.get_errno() if result == -1 else result


def attempt(action, *arguments):
    """0, or the errno with which the kernel refused."""
    try:
        result = action(*arguments)
    except OSError as error:
        return error.errno
    return -result if isinstance(result, int) and result < 0 else 0


# ---- descriptors of our maps, programs and links

def bpf(command, *words):
    attr = ctypes.create_string_buffer(struct.pack("=%dI" % len(words), *words), 128)
    return call(BPF, command, attr, 128)


def pinned(path):
    name = ctypes.create_string_buffer(path.encode())
    attr = ctypes.create_string_buffer(struct.pack("=QII", ctypes.addressof(name), 0, 0), 128)
    return call(BPF, OBJ_GET, attr, 128)


def descriptors(next_command, fd_command):
    """How many of the kernel's objects are given out, and how many refused."""
    given, refused, number = 0, 0, 0
    while True:
        attr = ctypes.create_string_buffer(struct.pack("=II", number, 0), 128)
        if call(BPF, next_command, attr, 128) < 0:
            return given, refused
        number = struct.unpack_from("=II", attr)[1]
        fd = bpf(fd_command, number)
        if fd >= 0:
            os.close(fd)
            given += 1
        else:
            check(fd == -errno.EPERM, "descriptor of %d: errno %d" % (number, -fd))
            refused += 1


def pin_there(path):
    """A map of the attacker's own among our pins."""
    fd = bpf(MAP_CREATE, 2, 4, 4, 1)
    check(fd >= 0, "no map can be made: %d" % fd)
    name = ctypes.create_string_buffer(path.encode())
    attr = ctypes.create_string_buffer(struct.pack("=QII", ctypes.addressof(name), fd, 0), 128)
    result = call(BPF, OBJ_PIN, attr, 128)
    os.close(fd)
    return result


@functools.lru_cache()
def function_id(name):
    found = shell("bpftool btf dump file /sys/kernel/btf/vmlinux format raw | grep -m 1 \"FUNC '%s'\"" % name).stdout
    return int(found[found.index("[") + 1:found.index("]")])


def answering(kind, attach, function, value):
    """A program that answers value in place of function: what is attached last is asked first."""
    code = ctypes.create_string_buffer(struct.pack("=BBhiBBhi", 0xb7, 0, 0, value, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    attr = ctypes.create_string_buffer(
        struct.pack("=IIQQIIQII16sIIIIQIIQIII", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0,
                    b"evil", 0, attach, 0, 0, 0, 0, 0, 0, 0, function, 0), 128)
    fd = call(BPF, PROG_LOAD, attr, 128)
    if fd >= 0:
        os.close(fd)
    return min(fd, 0)


def detach(path):
    fd = pinned(path)
    if fd < 0:
        return fd
    result = bpf(LINK_DETACH, fd)
    os.close(fd)
    return result


def a_link():
    folder = [name for name in os.listdir(PINS) if name.startswith("links-")][0]
    return "%s/%s/%s" % (PINS, folder, sorted(os.listdir("%s/%s" % (PINS, folder)))[0])


# ---- processes

def poke(pid):
    word = ctypes.create_string_buffer(8)
    local = struct.pack("=QQ", ctypes.addressof(word), 8)
    remote = struct.pack("=QQ", 0x1000, 8)
    return call(VM_WRITEV, pid, ctypes.c_char_p(local), 1, ctypes.c_char_p(remote), 1, 0)


def steal(pid):
    handle = call(PIDFD_OPEN, pid, 0)
    result = call(PIDFD_GETFD, handle, 3, 0)
    os.close(handle)
    return result


def perf(pid):
    """An event of another process that sends it SIGTRAP."""
    attr = ctypes.create_string_buffer(struct.pack("=IIQQQQQ", 1, 128, 0, 1000000, 0, 0, 1 << 36 | 1 << 37 | 1), 128)
    fd = call(PERF_EVENT_OPEN, attr, pid, 0xffffffffffffffff, 0xffffffffffffffff, 0)
    if fd >= 0:
        os.close(fd)
    return min(fd, 0)


def arrive(pid):
    """A deadly signal for pid when something arrives at a socket of ours. Nothing tells whether it was sent."""
    left, right = socket.socketpair()
    fcntl.fcntl(left, fcntl.F_SETSIG, int(signal.SIGKILL))
    fcntl.fcntl(left, fcntl.F_SETOWN, pid)
    fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC)
    right.send(b"x")
    left.close()
    right.close()


def put(path, text):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def on_process(pid, cgroup, other):
    """Attacks on one process; none of them does lasting harm where it goes through, the signals are asked for apart."""
    limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    return {
        "ptrace seize": lambda: call(PTRACE, 0x4206, pid, 0, 0),
        "ptrace attach": lambda: call(PTRACE, 16, pid, 0, 0),
        "/proc/PID/mem": lambda: os.close(os.open("/proc/%d/mem" % pid, os.O_RDWR)),
        "process_vm_writev": lambda: poke(pid),
        "pidfd_getfd": lambda: steal(pid),
        "perf sigtrap": lambda: perf(pid),
        "prlimit": lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, limit),
        "nice": lambda: os.setpriority(os.PRIO_PROCESS, pid, 5),
        "chrt": lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)),
        "taskset": lambda: os.sched_setaffinity(pid, {0}),
        "ionice": lambda: call(IOPRIO_SET, 1, pid, 3 << 13),
        "oom_score_adj": lambda: put("/proc/%d/oom_score_adj" % pid, "1000"),
        "cgroup.freeze": lambda: put(cgroup + "/cgroup.freeze", "1"),
        "cgroup.kill": lambda: put(cgroup + "/cgroup.kill", "1"),
        "freeze above": lambda: put(os.path.dirname(cgroup) + "/cgroup.freeze", "1"),
        "another cgroup": lambda: put(other + "/cgroup.procs", str(pid)),
        "another cgroup, hexadecimal": lambda: put(other + "/cgroup.procs", hex(pid)),
    }


def signals(pid):
    return {"signal %d" % number: lambda number=number: os.kill(pid, number)
            for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV,
                           signal.SIGTSTP, signal.SIGUSR1, signal.SIGRTMIN)}


def signal_from_init(pid, number):
    """Makes process 1, which waits in a call, send a signal: what a service manager does."""
    regs, before = (ctypes.c_ulonglong * 27)(), (ctypes.c_ulonglong * 27)()
    check(call(PTRACE, 16, 1, 0, 0) == 0, "process 1 cannot be attached to")
    os.waitpid(1, 0x40000000)
    check(call(PTRACE, 12, 1, 0, before) == 0, "no registers of process 1")
    ctypes.memmove(regs, before, ctypes.sizeof(regs))
    regs[10], regs[15], regs[14], regs[13], regs[16] = 62, 0xffffffffffffffff, pid, int(number), before[16] - 2
    call(PTRACE, 13, 1, 0, regs)
    call(PTRACE, 9, 1, 0, 0)
    os.waitpid(1, 0x40000000)
    call(PTRACE, 12, 1, 0, regs)
    call(PTRACE, 13, 1, 0, before)
    call(PTRACE, 17, 1, 0, 0)
    return ctypes.c_longlong(regs[10]).value


# ---- files

def on_files(spool):
    """Attacks on programs, configuration, keys, state and pins."""
    agent, key = PREFIX + "/weir-agent", "/etc/weir/unlock.d/admin.pem"
    return {
        "rm program": lambda: os.unlink(agent),
        "mv program": lambda: os.rename(agent, PREFIX + "/gone"),
        "mv onto program": lambda: os.rename("/srv/evil", agent),
        "write config": lambda: os.close(os.open(CONFIG, os.O_WRONLY)),
        "truncate config": lambda: os.truncate(CONFIG, 0),
        "open to truncate": lambda: os.close(os.open(CONFIG, os.O_RDONLY | os.O_TRUNC)),
        "chmod config": lambda: os.chmod(CONFIG, 0),
        "chown config": lambda: os.chown(CONFIG, 1, 1),
        "verity on config": lambda: command_to(CONFIG, ENABLE_VERITY),
        "link config": lambda: os.link(CONFIG, "/etc/config-too"),
        "rm key": lambda: os.unlink(key),
        "add key": lambda: write("/etc/weir/unlock.d/evil.pem", "x"),
        "link into keys": lambda: os.symlink("/srv/evil", "/etc/weir/unlock.d/evil.pem"),
        "mv folder above": lambda: os.rename("/etc/weir", "/etc/weir-gone"),
        "rm from spool": lambda: os.unlink(spool + "/" + sorted(os.listdir(spool))[0]),
        "folder in spool": lambda: os.mkdir(spool + "/evil"),
        "node in state": lambda: os.mknod("/srv/lab/state/evil", 0o010644),
        "rm used unlocks": lambda: write("/srv/lab/state/unlocks-used", ""),
        "rm pin": lambda: os.unlink(a_link()),
        "rm pins": lambda: os.rmdir(PINS),
        "mv pins": lambda: os.rename(PINS, PINS + "-gone"),
        "add pin": lambda: os.mkdir(PINS + "/evil"),
        "pin there": lambda: pin_there(PINS + "/maps-v2/weir_evil"),
    }


def command_to(path, command):
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, command, bytes(128))
    finally:
        os.close(fd)


def below_overlay():
    """Our folder as the upper one of an overlay, where its files have other names."""
    result = shell("modprobe overlay; mkdir -p /srv/lower /srv/merged /etc/work && mount -t overlay -o "
                   "lowerdir=/srv/lower,upperdir=/etc/weir/unlock.d,workdir=/etc/work overlay /srv/merged")
    check(result.returncode == 0, "no overlay: %s" % result.stdout)
    try:
        os.close(os.open("/srv/merged/admin.pem", os.O_WRONLY))
    finally:
        shell("umount /srv/merged")


def on_machine():
    """Attacks on what all of it stands on."""
    functions = {name: function_id(name) for name in ("security_bpf_map", "bpf_lsm_bpf_prog")}
    return {
        "ftrace off": lambda: put("/proc/sys/kernel/ftrace_enabled", "0"),
        "sysrq": lambda: put("/proc/sysrq-trigger", "e"),
        "answer first": lambda: answering(TRACING, MODIFY_RETURN, functions["security_bpf_map"], 1),
        "answer first, lsm": lambda: answering(LSM, LSM_MAC, functions["bpf_lsm_bpf_prog"], 0),
        "pivot_root": lambda: call(PIVOT_ROOT, b"/srv", b"/srv"),
        "mount on program": lambda: call(MOUNT, b"/srv/evil", PREFIX.encode() + b"/weir-agent", 0, BIND, 0),
        "move /sys": lambda: call(MOVE_MOUNT, HERE, b"/sys", HERE, b"/srv/m", 0),
        "overlay": below_overlay,
    }


COMMANDS = {
    "umount": "umount /sys/fs/bpf",
    "umount -l": "umount -l /sys/fs/bpf",
    "umount -l of all above": "umount -l /sys",
    "umount -l that others hear of": "unshare -m --propagation unchanged umount -l /sys",
    "umount -l of a copy": "mount --rbind /sys /srv/copy && umount -l /srv/copy",
    "umount of the pins in a copy": "umount /srv/copy/fs/bpf",
    "remount": "mount -o remount,ro /sys/fs/bpf",
    "mount on /proc": "mount -t tmpfs none /proc",
    "mount on config": "mount -t tmpfs none /etc/weir/unlock.d",
    "mount above": "mount -t tmpfs none /opt",
    "mount on /etc": "mount --bind /srv /etc",
    "chattr": "chattr +i " + CONFIG,
}


# What the kernel makes of the refusal by itself.
OTHER_ERRNO = {"/proc/PID/mem": errno.EACCES}


def all_end(actions, expected):
    """Each action ends with the errno that expected() gives for its name."""
    got = {name: attempt(action) for name, action in actions.items()}
    wrong = ["%s: errno %d (%s)" % (n, e, os.strerror(e)) for n, e in got.items() if e != expected(n)]
    check(not wrong, "; ".join(wrong))
    return len(actions)


def refused_all(attacks, who=""):
    print("%d attacks %s" % (len(attacks), who), flush=True)
    return all_end(attacks, lambda name: OTHER_ERRNO.get(name, errno.EPERM))


def refused_commands():
    for name, command in COMMANDS.items():
        result = shell("LC_ALL=C " + command)
        said = result.stdout.lower()
        check(result.returncode != 0, "%s went through" % name)
        check(any(w in said for w in ("permission denied", "not permitted", "must be superuser")), "%s says: %s" % (name, result.stdout))
    return len(COMMANDS)


class GuardedLab(weir.Lab):
    def start_agent(self, seconds=180):
        self.start("agent", PREFIX + "/weir-agent", "--config", CONFIG,
                   preexec_fn=lambda: put(CGROUP + "/cgroup.procs", "0"))
        self.doctor(seconds)

    def pid(self):
        return self.processes["agent"].pid

    def stop(self):
        try:
            super().stop()
        except (PermissionError, subprocess.TimeoutExpired):
            pass  # guarded still; the guest ends anyway


def make_keys():
    os.makedirs("/etc/weir/unlock.d")
    os.makedirs("/srv/admin")
    for name in ("admin", "other"):
        shell("openssl genpkey -algorithm ed25519 -out /srv/admin/%s.key" % name)
    result = shell("openssl pkey -in /srv/admin/admin.key -pubout -out /etc/weir/unlock.d/admin.pem")
    check(result.returncode == 0, result.stdout)


def install(lab):
    os.makedirs(PREFIX)
    result = shell("cp %s/weir-agent %s/weir-inspect %s/weir-sync %s/weir %s" % ((weir.BIN,) * 4 + (PREFIX,)))
    check(result.returncode == 0, result.stdout)
    make_keys()
    os.makedirs(SINK)
    subprocess.run(["mount", "-t", "tmpfs", "none", SINK], check=True)
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    os.makedirs("/srv/m")
    os.makedirs("/srv/copy")
    for folder in (CGROUP, "/sys/fs/cgroup/elsewhere"):
        os.makedirs(folder, exist_ok=True)
    shell("cp %s /etc/weir/policy.yaml" % lab.policy)
    write("/srv/evil", "not ours\n")
    write(CONFIG, "state_dir: %s\nruntime_dir: %s\nspool_dir: %s\npolicy: /etc/weir/policy.yaml\ninspect: {program: %s}\n"
          "sinks: {removable: {mounts: [%s]}}\n" % (lab.path("state"), lab.path("run"), lab.path("spool"),
                                                    PREFIX + "/weir-inspect", SINK))


def check_doctor(lab, tier, state):
    began = time.monotonic()
    guard = lab.doctor()["guard"]
    if time.monotonic() - began > 5:
        print("the agent took %d s to answer: %s" % (time.monotonic() - began, where(lab.pid())), flush=True)
    check(guard["state"] == state and guard["tier_name"] == tier, "guard %s" % guard)
    hooks = {evidence["hook"]: evidence for evidence in guard["evidence"]}
    for name in HOOKS:
        evidence = hooks.get("guard/" + name)
        check(evidence and evidence["denied"] and evidence["passed_clean"], "evidence of %s: %s" % (name, evidence))


def where(pid):
    """What its threads wait for; their stacks are not for others to see."""
    return shell("grep . /proc/%d/task/*/wchan /proc/%d/task/*/comm /proc/loadavg" % (pid, pid)).stdout


def enforced(lab, name):
    source = "/srv/customers.csv"
    write(source, weir.customers(0, 20))
    result = shell("cp %s %s/%s" % (source, SINK, name))
    check(result.returncode != 0 and "ermission denied" in result.stdout, "nothing enforced: %s" % result.stdout)
    lab.event(path="%s/%s" % (SINK, name), action="block")


def workers(pid):
    found = shell("pgrep -P %d" % pid).stdout.split()
    check(found, "the agent has no workers")
    return [int(number) for number in found]


def others_notice_nothing():
    """Processes of others end each other, write, trace, mount and move as ever."""
    check(shell("setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'cd /tmp && echo a >nobody && mv nobody n2 && "
                "rm n2 && sleep 9 & sleep 0.2; kill $! && wait $! || true'").returncode == 0, "nobody was hindered")
    child = subprocess.Popen(["sleep", "99"])
    outcome = {
        "nice": lambda: os.setpriority(os.PRIO_PROCESS, child.pid, 5),
        "oom_score_adj": lambda: put("/proc/%d/oom_score_adj" % child.pid, "100"),
        "cgroup": lambda: put("/sys/fs/cgroup/elsewhere/cgroup.procs", str(child.pid)),
        "freeze": lambda: put("/sys/fs/cgroup/elsewhere/cgroup.freeze", "1"),
        "thaw": lambda: put("/sys/fs/cgroup/elsewhere/cgroup.freeze", "0"),
        "perf": lambda: perf(child.pid),
        "trace": lambda: call(PTRACE, 0x4206, child.pid, 0, 0),
        "kill": lambda: os.kill(child.pid, signal.SIGKILL),
    }
    all_end(outcome, lambda name: 0)
    child.wait()
    result = shell("set -x; mount -t tmpfs none /srv/m && umount /srv/m && unshare -m mount -t tmpfs none /opt && "
                   "mount --make-rslave /srv/copy && umount -l /srv/copy && mount --bind / /srv/m && umount /srv/m && "
                   "unshare -m umount -l /sys && test -d %s" % PINS)
    check(result.returncode == 0, "mounts of others: %s" % result.stdout)


def refused_everything(lab):
    pid, count = lab.pid(), 0
    harmless = [attempt(os.kill, pid, number) for number in (0, signal.SIGCONT, signal.SIGWINCH)]
    check(harmless == [0, 0, 0], "harmless signals: %s" % harmless)
    ours = [pid] + workers(pid)
    for one in ours:
        count += refused_all(signals(one), "on %d" % one)
        count += refused_all(on_process(one, CGROUP, "/sys/fs/cgroup/elsewhere"))
        arrive(one)
    count += refused_all(signals(lab.processes["sync"].pid), "on the sync")
    count += refused_all(on_files(lab.path("spool")))
    count += refused_all(on_machine(), "on the machine")
    count += refused_commands()
    given, refused = descriptors(MAP_NEXT, MAP_FD)
    check(refused >= 12, "%d maps refused, %d given out" % (refused, given))
    given, refused = descriptors(PROG_NEXT, PROG_FD)
    check(refused >= 30, "%d programs refused, %d given out" % (refused, given))
    check(pinned(PINS + "/maps-v2/weir_config") == -errno.EPERM, "a map by its pin")
    check(detach(a_link()) == -errno.EPERM, "a link was detached")
    check(lab.processes["agent"].poll() is None, "the agent ended")
    check([pid] + workers(pid) == ours, "a worker ended")
    return count + 4 + len(ours)


def impostors(lab):
    """The agent's own program, started by root beside it, has no say."""
    for environment, arguments in (({}, ["--config", CONFIG]), ({}, ["--config", CONFIG, "--remove"]),
                                   ({"LD_BIND_NOW": "1"}, ["--config", CONFIG, "--remove"])):
        result = subprocess.run([PREFIX + "/weir-agent"] + arguments, env={**os.environ, **environment}, timeout=60,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        check(result.returncode == 1 and "guard" in result.stdout, "an impostor: %s" % result.stdout)
    check(os.path.exists(PINS + "/maps-v2/weir_config"), "the pins are gone")


def sign(name, key="admin", options=""):
    path = "/srv/admin/" + name
    result = shell("%s/weir unlock --sign /srv/admin/%s.key --purpose 'test of the guard' %s %s" %
                   (PREFIX, key, options, path))
    check(result.returncode == 0, result.stdout)
    return path


def bring(lab, path):
    return shell("%s/weir unlock --socket %s %s" % (PREFIX, lab.path("run", "control.sock"), path))


def shut(lab, tier):
    result = bring(lab, "--close")
    check(result.returncode == 0 and "closed" in result.stdout, "closing: %s" % result.stdout)
    check_doctor(lab, tier, "on")
    result = bring(lab, "--close")
    check(result.returncode == 1 and "not open" in result.stdout, "closed twice: %s" % result.stdout)


def by_the_clock(lab):
    """The guard closes by itself. The time is cut short in the kernel: while it is open, root can."""
    result = bring(lab, sign("clock"))
    check(result.returncode == 0, "another unlock: %s" % result.stdout)
    fd = pinned(PINS + "/maps-v2/weir_guard")
    check(fd >= 0, "no descriptor while the guard is open: %d" % fd)
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(80)
    attr = ctypes.create_string_buffer(
        struct.pack("=IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0), 128)
    check(call(BPF, MAP_LOOKUP, attr, 128) == 0, "the guard's value cannot be read")
    struct.pack_into("=Q", value, 0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) + 3 * 10**9)
    check(call(BPF, MAP_UPDATE, attr, 128) == 0, "the guard's value cannot be written")
    os.close(fd)
    weir.wait_for(lambda: attempt(os.chmod, CONFIG, 0o600) == errno.EPERM, 60, "the guard closed by itself")
    weir.wait_for(lambda: lab.doctor()["guard"]["state"] == "on", 60, "the agent knows of it")
    weir.wait_for(lambda: len(lab.matching(channel="agent", activity="lock")) == 2, 60, "the second closing is reported")


def bad_unlocks(lab):
    altered = sign("altered")
    data = bytearray(open(altered, "rb").read())
    data[30] ^= 1
    open(altered, "wb").write(data)
    for path, why in ((sign("foreign", "other"), "no key"), (sign("elsewhere", options="--agent " + "0" * 32), "another agent"),
                      (altered, ("no key", "no signed unlock")), (PREFIX + "/weir", "")):
        result = bring(lab, path)
        check(result.returncode != 0, "%s was taken" % path)
        check(any(w in result.stdout for w in ([why] if isinstance(why, str) else why)), "%s: %s" % (path, result.stdout))


def unlocked(lab, tier):
    """Everything goes through that was refused, and the agent may be replaced, until the guard is closed."""
    path = sign("good")
    result = bring(lab, path)
    check(result.returncode == 0 and "30 minutes" in result.stdout, "the unlock: %s" % result.stdout)
    result = bring(lab, path)
    check(result.returncode != 0 and "used before" in result.stdout, "used twice: %s" % result.stdout)
    check_doctor(lab, tier, "open")
    pid = lab.pid()
    passes = dict(on_process(pid, CGROUP, "/sys/fs/cgroup/elsewhere"))
    for name in ("ptrace attach", "ptrace seize", "process_vm_writev", "pidfd_getfd", "perf sigtrap", "cgroup.kill",
                 "cgroup.freeze", "freeze above", "another cgroup, hexadecimal"):
        del passes[name]
    passes["answer first"] = on_machine()["answer first"]
    passes["pin there"] = lambda: pin_there(PINS + "/maps-v2/evil")
    passes["chmod config"] = lambda: os.chmod(CONFIG, 0o600)
    passes["folder in spool"] = lambda: os.mkdir(lab.path("spool") + "/evil")
    passes["and away"] = lambda: os.rmdir(lab.path("spool") + "/evil")
    passes["map by pin"] = lambda: os.close(pinned(PINS + "/maps-v2/weir_config"))
    passes["replace program"] = lambda: (shell("cp %s/weir-agent %s/new" % (PREFIX, PREFIX)),
                                         os.rename(PREFIX + "/new", PREFIX + "/weir-agent"))[1]
    passes["stop"] = lambda: os.kill(pid, signal.SIGSTOP)
    passes["kill by what arrives"] = lambda: arrive(pid)
    all_end(passes, lambda name: 0)
    lab.processes.pop("agent").wait(90)
    lab.start_agent()
    enforced(lab, "upgraded.csv")
    check_doctor(lab, tier, "open")
    shut(lab, tier)
    return len(passes)


def run(lab, tier):
    lab.start_console()
    install(lab)
    lab.start_agent()
    weir.BIN, kept = PREFIX, weir.BIN
    lab.start_sync()
    weir.BIN = kept
    check_doctor(lab, tier, "on")
    enforced(lab, "before.csv")
    count = refused_everything(lab)
    print("%d attacks refused" % count)
    others_notice_nothing()
    impostors(lab)
    enforced(lab, "during.csv")
    weir.wait_for(lambda: {"guard/" + h for h in HOOKS} <= {e["hook"] for e in lab.matching(channel="agent", activity="tamper")},
                  90, "events about the attacks on each hook")
    seen = lab.matching(channel="agent", activity="tamper")
    check(all(e["alert"] and e["action"] == "block" and e["process"]["pid"] for e in seen), "an attack: %s" % seen[0])
    result = shell("%s/weir quarantine restore q-0123456789abcdef --to /etc/weir/unlock.d/evil.pem --socket %s" %
                   (PREFIX, lab.path("run", "control.sock")))
    check(result.returncode == 1 and "guard is open" in result.stdout, "restored: %s" % result.stdout)
    bad_unlocks(lab)
    print("%d went through unlocked" % unlocked(lab, tier))
    check(attempt(os.kill, lab.pid(), signal.SIGKILL) == errno.EPERM, "the guard did not close")
    refused_all(on_files(lab.path("spool")))
    event = lab.event(channel="agent", activity="unlock")
    check(event["alert"] and event["message_en"] == "test of the guard", "the unlock's event: %s" % event)
    weir.wait_for(lambda: lab.matching(channel="agent", activity="lock"), 60, "closing is reported")
    by_the_clock(lab)
    check(signal_from_init(lab.pid(), signal.SIGTERM) == 0, "process 1 could not stop the agent")
    lab.processes.pop("agent").wait(90)
    result = shell("cp /srv/customers.csv %s/orphan.csv" % SINK)
    check(result.returncode != 0, "without the agent nothing is enforced")
    refused_all({"rm pin": lambda: os.unlink(a_link()), "map": lambda: pinned(PINS + "/maps-v2/weir_config")})
    removed(lab)


def removed(lab):
    """Without the agent its own program has a say; it has to be asked in the name of the agent's configuration."""
    links = os.path.dirname(a_link())
    write("/srv/evil.yaml", "pin_dir: %s\nprotect: {keys: /srv/evil-keys}\nbest_tier: 4\n" % links)
    shell("mkdir /srv/evil-keys && openssl pkey -in /srv/admin/other.key -pubout -out /srv/evil-keys/other.pem")
    for arguments, why in (("--config %s --remove" % CONFIG, "signed unlock"),
                           ("--config %s --remove --unlock %s" % (CONFIG, sign("foreign", "other")), "no key"),
                           ("--config /srv/evil.yaml --remove", "another configuration"),
                           ("--config /srv/evil.yaml --remove --unlock %s" % sign("foreign", "other"), "another configuration"),
                           ("--config /srv/evil.yaml", "another configuration"),
                           ("--config %s --best-tier 4" % CONFIG, "another configuration")):
        result = shell("%s/weir-agent %s" % (PREFIX, arguments))
        check(result.returncode == 1 and why in result.stdout, "%s: %s" % (arguments, result.stdout))
        check(os.path.exists(links), "%s: the links are gone" % arguments)
    result = shell("%s/weir-agent --config %s --remove --unlock %s" % (PREFIX, CONFIG, sign("bye")))
    check(result.returncode == 0 and not os.path.exists(PINS), "removing with an unlock: %s" % result.stdout)


def scenario(tier):
    lab = GuardedLab("/srv/lab")
    try:
        run(lab, tier)
    except weir.Failure:
        lab.logs()
        if "agent" in lab.processes:
            print(where(lab.pid()))
        print(shell("dmesg | tail -5").stdout)
        raise
    finally:
        lab.stop()


if __name__ == "__main__":
    weir.main(lambda: scenario(sys.argv[1]))
