# SPDX-License-Identifier: Apache-2.0
"""The volumes of a run: a FAT stick, an ext4 and a btrfs stick, a stick without a file system, and a share; one set for the control and one for
the real thing. In a guest they are USB sticks and a 9p share, on this machine loop devices that the agent is told of."""

import os
import subprocess
import time

VOLUMES = ("fat", "ext4", "btrfs", "share")
KINDS = ("fat", "ext4", "btrfs", "disk")
ABOVE_MIB = 60  # where the file system on a bare disk begins: behind what techniques write there


def call(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Media:
    """volumes: mount points by kind; what the agent must be told stands in the other fields."""
    removable, options, pin_dir, cgroup = (), (), "/sys/fs/bpf/weir", None

    def enter(self):
        """Called in a technique's process before it begins."""

    def __init__(self, root):
        self.root = root
        self.volumes = {kind: os.path.join(root, kind) for kind in VOLUMES}
        for path in self.volumes.values():
            os.makedirs(path, exist_ok=True)

    def unmount(self, *kinds):
        for kind in kinds:
            for _ in range(50):
                if subprocess.run(["umount", self.volumes[kind]], check=False).returncode == 0:
                    break
                time.sleep(0.2)
            else:
                subprocess.run(["umount", "-l", self.volumes[kind]], check=False)

    def remove(self, lab):
        pass


class Usb(Media):
    """The first half of the sticks are the control's, the second the real ones; plan["shares"] are shared folders of the host, one of each. They are
    mounted anew without a cache: with one, Linux 6.1 stumbles over its own code when such a file is stored to by a mapping."""

    def __init__(self, plan):
        super().__init__("/media")
        self.shares = dict(zip(("control", "real"), plan["shares"]))

    def plug(self, which):
        self.first = 0 if which == "control" else len(KINDS)
        for number, kind in enumerate(KINDS):
            disk = call("usb", "plug", str(self.first + number))
            if kind != "disk":
                call("mount", disk + "1", self.volumes[kind])
        tag = call("findmnt", "-no", "SOURCE", self.shares[which])
        call("umount", self.shares[which])
        call("mount", "-t", "9p", "-o", "trans=virtio,version=9p2000.L,msize=512000,cache=none", tag, self.volumes["share"])

    def disk(self):
        return call("usb", "dev", str(self.first + KINDS.index("disk")))

    def pull(self):
        self.unmount(*VOLUMES)
        os.sync()
        for number in range(len(KINDS)):
            call("usb", "unplug", str(self.first + number))

    def replug(self):
        """The FAT stick goes and comes."""
        self.unmount("fat")
        call("usb", "unplug", str(self.first))
        call("mount", call("usb", "plug", str(self.first)) + "1", self.volumes["fat"])


class Loop(Media):
    """plan["images"]: folders with an image of each kind (fat's and share's are ext4: this kernel may know no FAT). The last
    MiBs of the disk's are a small ext4, mounted and named to the agent: by it the disk is known to be a stick's."""

    def __init__(self, plan):
        super().__init__(os.path.join(plan["root"], "volumes"))
        self.images = dict(zip(("control", "real"), plan["images"]))
        self.pin_dir = os.path.join(plan["root"], "bpf", "weir")
        self.cgroup = plan["cgroup"]
        self.options = ["--best-tier", "3", "--share", self.volumes["share"]]
        self.above = os.path.join(plan["root"], "volumes", "disk")
        os.makedirs(self.above, exist_ok=True)
        self.removable = [self.volumes[kind] for kind in VOLUMES if kind != "share"] + [self.above]
        self.loops = []

    def enter(self):
        """Tier 3's programs are of a cgroup here, and not of the whole machine."""
        with open(os.path.join(self.cgroup, "cgroup.procs"), "w") as file:
            file.write("0")

    def plug(self, which):
        self.folder = self.images[which]
        for kind, path in self.volumes.items():
            call("mount", "-o", "loop", os.path.join(self.folder, kind + ".img"), path)
        self.loops = [call("losetup", "-f", "--show", "-P", os.path.join(self.folder, "disk.img"))]
        self.loops.append(call("losetup", "-f", "--show", "-o", "%dM" % ABOVE_MIB, self.loops[0]))
        call("mount", self.loops[1], self.above)

    def disk(self):
        return self.loops[0]

    def pull(self):
        self.unmount(*self.volumes)
        call("umount", self.above)
        while self.loops:
            call("losetup", "-d", self.loops.pop())

    def replug(self):
        self.unmount("fat")
        call("mount", "-o", "loop", os.path.join(self.folder, "fat.img"), self.volumes["fat"])

    def remove(self, lab):
        if lab:
            lab.remove()
        for path in [self.above, *self.volumes.values()]:
            subprocess.run(["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)
        for device in reversed(self.loops):
            subprocess.run(["losetup", "-d", device], check=False)
