# SPDX-License-Identifier: Apache-2.0
"""The table of techniques: those of the driver, programs and pipelines, stacked file systems, and what is done while the agent
cannot answer. A technique's row number makes its own set of identifiers."""

import dataclasses
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))
import lab as weir  # noqa: E402

DRIVER = os.environ.get("WEIR_BYPASS", os.path.join(weir.BUILD, "tests", "bypass"))
CUSTOMERS = 12  # of a technique; five are refused
LIMIT = 5
TELLING = 15  # so many digits of an identifier tell whose it is
PREFIX = b"110000"  # of all of them


@dataclasses.dataclass(frozen=True)
class Technique:
    """needs: ext4, reflink, device, label, parts, older (see bypass.h); encoded: what arrives is not the text. command: a shell command, in
    which {source}, {target}, {dir}, an empty local folder, and {name}, the target's, are filled in; base: the driver's technique. stage: when it runs."""
    number: int
    family: str
    name: str
    title: str
    chinese: str
    needs: frozenset
    command: str = ""
    encoded: bool = False
    stage: str = "running"
    base: str = ""

    def text(self):
        return weir.customers(self.number * CUSTOMERS, CUSTOMERS)

    def needles(self):
        return [number[:TELLING].encode() for number in weir.identifiers(self.text())]

    def arguments(self, source, target, folder):
        if self.command:
            return ["bash", "-c", self.command.format(source=source, target=target, dir=folder, name="t-%s.csv" % self.name)]
        return [DRIVER, self.base or self.name, source, target]

    def targets(self):
        return ["stick"] if "device" in self.needs else ["stick", "share"]


FAMILIES = {
    "programs": ("ordinary programs", "常用程序"),
    "pipelines": ("a labelled file through a pipeline", "带标签文件的转换"),
    "stacked": ("file systems on top", "叠加文件系统"),
    "agent": ("while the agent is stopped, dead or not there yet", "代理停止、被杀或未启动"),
}

PYTHON = "python3 -c 'import sys, {0}; source, target = sys.argv[1:]; {1}' {{source}} {{target}}"

# One process reads the source and sends it to another, which never opens it and writes; the status is that one's.
PAIR = """into, out = socket.socketpair(socket.AF_UNIX, socket.%s); writer = os.fork()
if writer == 0: into.close(); %s
out.close(); into.sendall(open(source, "rb").read()); into.close(); sys.exit(os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]))"""
ENCRYPT = """sys.exit(subprocess.run("openssl enc -aes-256-cbc -pbkdf2 -iter 1 -nosalt -k secret -out".split() + [target], stdin=out).returncode)"""
NOISE = """data = out.recv(1 << 20); noise = random.Random(1).randbytes(len(data)); \
open(target, "wb").write(bytes(a ^ b for a, b in zip(data, noise))); sys.exit()"""


PIPE = """out, into = os.pipe(); writer = os.fork()
if writer == 0: os.close(into); data = os.read(out, 1 << 20); noise = random.Random(1).randbytes(len(data)); \
open(target, "wb").write(bytes(a ^ b for a, b in zip(data, noise))); sys.exit()
os.close(out); time.sleep(1); os.write(into, open(source, "rb").read()); os.close(into); \
sys.exit(os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]))"""


def paired(kind, writes):
    return PYTHON.format("os, random, socket, subprocess", PAIR % (kind, writes))


# Name, title, Chinese title, command, needs.
PROGRAMS = [
    ("cp", "cp", "cp", "cp {source} {target}", ""),
    ("mv", "mv", "mv", "cp {source} {dir}/a && mv {dir}/a {target}", ""),
    ("dd", "dd in blocks of 100", "dd", "dd if={source} of={target} bs=100 status=none", ""),
    ("cat", "cat into tee", "cat 与 tee", "cat {source} | tee {target} >/dev/null", ""),
    ("rsync", "rsync", "rsync", "rsync {source} {target}", ""),
    ("rsync-inplace", "rsync --inplace", "rsync --inplace", "rsync --inplace --whole-file {source} {target}", ""),
    ("tar", "tar, not packed", "tar", "tar -C / -cf {target} {source}", ""),
    ("shutil", "Python's shutil.copyfile", "shutil.copyfile", PYTHON.format("shutil", "shutil.copyfile(source, target)"), ""),
    ("sqlite", "an SQLite database", "SQLite 数据库",
     PYTHON.format("sqlite3", "base = sqlite3.connect(target); base.execute(\"create table t (a)\"); "
                   "base.executemany(\"insert into t values (?)\", [(line,) for line in open(source)]); base.commit()"), ""),
    ("split", "split into files of three lines, from a labelled file", "split（带标签）", "split -l 3 {source} {target}.", "label"),
    ("script", "a shell, a line an echo", "脚本逐行写入", "while read -r line; do echo \"$line\" >>{target} || bad=1; done <{source}; "
     "exit ${{bad:-0}}", ""),
]

PIPELINES = [
    ("gzip", "gzip", "gzip", "gzip -nc {source} >{target}"),
    ("xz", "xz", "xz", "xz -c {source} >{target}"),
    ("zip", "zip", "zip", "zip -qj {target}.zip {source}"),
    ("zip-encrypted", "zip with a password", "加密 zip", "zip -qj -P secret {target}.zip {source}"),
    ("openssl", "openssl enc", "openssl 加密",
     "openssl enc -aes-256-cbc -pbkdf2 -iter 1 -nosalt -k secret -in {source} -out {target}"),
    ("base64", "base64", "base64", "base64 {source} >{target}"),
    ("hex", "hexadecimal digits", "十六进制", "od -An -v -tx1 {source} >{target}"),
    ("rev", "every line reversed", "逐行反转", "rev {source} >{target}"),
    ("letters", "letters for digits", "以字母代数字", "tr 0-9 a-j <{source} >{target}"),
    ("tar-gz", "tar, packed", "tar.gz", "tar -C / -czf {target} {source}"),
    ("xor", "Python, every byte inverted", "逐字节取反",
     PYTHON.format("os", "open(target, \"wb\").write(bytes(b ^ 255 for b in open(source, \"rb\").read()))")),
    ("pair", "openssl enc behind a socketpair", "经 socketpair 交给 openssl 加密", paired("SOCK_STREAM", ENCRYPT)),
    ("pair-datagrams", "a datagram, then noise over it by Python", "经 socketpair 数据报后与噪声异或", paired("SOCK_DGRAM", NOISE)),
    ("pair-packets", "a packet, then noise over it by Python", "经 socketpair 报文后与噪声异或", paired("SOCK_SEQPACKET", NOISE)),
    ("pipe-once", "one read of a pipe that waited, then noise over it by Python", "等待管道后仅读一次，再与噪声异或",
     PYTHON.format("os, random, time", PIPE)),
    ("relay", "read by one process, written by another", "经管道转手", "cat {source} | (sleep 0.3; tr 0-9 k-t >{target})"),
]

STACKED = [
    ("overlay", "overlayfs whose upper layer is on the volume", "overlayfs 上层",
     "mkdir {target} {target}/upper {target}/work {dir}/lower {dir}/all && "
     "mount -t overlay none -o lowerdir={dir}/lower,upperdir={target}/upper,workdir={target}/work {dir}/all && "
     "{{ cp {source} {dir}/all/{name}; status=$?; umount {dir}/all; exit $status; }}", "ext4"),
    ("bindfs", "FUSE, a folder of the volume mirrored", "FUSE 镜像",
     "mkdir {target} {dir}/all && bindfs {target} {dir}/all && "
     "{{ cp {source} {dir}/all/{name}; status=$?; umount {dir}/all; exit $status; }}", ""),
    ("ntfs-3g", "fuseblk, NTFS made in the last part of the disk", "fuseblk（NTFS）",
     "mkdir {dir}/all && loop=$(losetup -f --show -o 48M --sizelimit 12M {target}) && mkfs.ntfs -qQF $loop >/dev/null && "
     "mount -t ntfs-3g $loop {dir}/all && "
     "{{ cp {source} {dir}/all/{name}; status=$?; umount {dir}/all; losetup -d $loop; exit $status; }}", "device"),
    ("fuse2fs", "FUSE, ext4 made in a file on the volume", "FUSE（ext4 镜像文件）",
     "mkdir {dir}/all && truncate -s 8M {target} && mke2fs -q -t ext4 {target} && fuse2fs -o fakeroot {target} {dir}/all && "
     "{{ cp {source} {dir}/all/{name}; status=$?; umount {dir}/all; exit $status; }}", ""),
]

# Stage, base, title.
AGENT = [
    ("stopped", "write", "stopped: one write", "代理被暂停：写入"),
    ("stopped", "store", "stopped: stores into a shared mapping", "代理被暂停：映射写入"),
    ("stopped", "splice-pipe", "stopped: splice", "代理被暂停：拼接"),
    ("killed", "write", "killed: one write", "代理被杀：写入"),
    ("killed", "bytes-17", "killed: seventeen bytes a call", "代理被杀：碎片"),
    ("killed", "store", "killed: stores into a shared mapping", "代理被杀：映射写入"),
    ("killed", "sendfile", "killed: sendfile", "代理被杀：sendfile"),
    ("late", "write", "plugged while it is dead: one write", "代理未启动时插入：写入"),
    ("late", "store", "plugged while it is dead: stores into a shared mapping", "代理未启动时插入：映射写入"),
]


def load():
    rows, families = [], dict(FAMILIES)

    def add(family, name, title, chinese, needs="", **more):
        rows.append(Technique(len(rows), family, name, title, chinese, frozenset(needs.split()), **more))

    listing = subprocess.run([DRIVER, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in listing.splitlines():
        family, title, chinese, *row = line.split("\t")
        families[family] = (title, chinese)
        add(family, *row)
    for name, title, chinese, command, needs in PROGRAMS:
        add("programs", name, title, chinese, needs, command=command)
    for name, title, chinese, command in PIPELINES:
        add("pipelines", name, title, chinese, "label", command=command, encoded=True)
    for name, title, chinese, command, needs in STACKED:
        add("stacked", name, title, chinese, needs, command=command)
    for stage, base, title, chinese in AGENT:
        add("agent", stage + "-" + base, title, chinese, base=base, stage=stage)
    if len({row.name for row in rows}) != len(rows):
        raise ValueError("two techniques have the same name")
    return rows, families
