# SPDX-License-Identifier: Apache-2.0
"""What surrounds an agent that is tried on this very machine, for a process with a mount namespace of its own."""

import os
import shutil
import subprocess
import sys
import tempfile

import lab as weir
from lab import shell
from outside import Outside


def in_own_mounts(script):
    """Starts the script once more in a mount namespace of its own; returns there."""
    if os.environ.get("WEIR_OWN_MOUNTS") != script:
        os.environ["WEIR_OWN_MOUNTS"] = script
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


class Place:
    """Where agents are tried. Its folders: root, elsewhere, and data, which is watched; volume, where nothing is to go, in removable
    when an agent has to be told of it; bpf; cgroup, None: the whole machine."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.remove()

    def lab(self, tier, options=(), **changed):
        """An agent's own folders; nothing runs yet. It knows of all this, and is on no better tier."""
        root = tempfile.mkdtemp(prefix="lab.", dir=self.root)
        os.chmod(root, 0o755)
        about = {"pin_dir": self.bpf + "/weir", "cgroup": self.cgroup, "removable": self.removable, "watch": [self.data]}
        return weir.Lab(root, options=["--best-tier", str(tier), *options], **{**about, **changed})

    def in_cgroup(self, command):
        return shell(command if self.cgroup is None else "echo $$ > %s/cgroup.procs; %s" % (self.cgroup, command))

    def remove(self):
        """Nothing of it stays."""


class Host(Place):
    """A volume of so many MiB, a bpffs, a cgroup, a neighbour. Labs may stand side by side: nothing is named the same in two of them."""

    def __init__(self, mib=16):
        self.root = tempfile.mkdtemp(prefix="weir-host.", dir="/var/tmp")
        os.chmod(self.root, 0o755)
        self.image, self.volume, self.bpf = (os.path.join(self.root, name) for name in ("volume.img", "volume", "bpf"))
        self.data, self.elsewhere = os.path.join(self.root, "data"), os.path.join(self.root, "elsewhere")
        self.removable = [self.volume]
        for path in (self.volume, self.bpf, self.data, self.elsewhere):
            os.mkdir(path)
        subprocess.run(["truncate", "-s", "%dM" % mib, self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.volume], check=True)
        subprocess.run(["mount", "-t", "bpf", "bpf", self.bpf], check=True)
        self.cgroups = os.path.join(self.root, "cgroups")
        os.mkdir(self.cgroups)
        subprocess.run(["mount", "-t", "cgroup2", "none", self.cgroups], check=True)
        self.cgroup = os.path.join(self.cgroups, "weir-host-%d" % os.getpid())
        os.mkdir(self.cgroup)
        pid = os.getpid()
        self.outside = Outside("wh%d" % (pid % 100000), "198.%d.%d" % (18 + pid // 256 % 2, pid % 256))

    def remove(self):
        self.outside.remove()
        for path in (self.volume, self.bpf):
            subprocess.run(["umount", path], check=False)
        weir.wait_for(lambda: not os.path.exists(self.cgroup) or not subprocess.run(
            ["rmdir", self.cgroup], stderr=subprocess.DEVNULL, check=False).returncode, 60, "an empty cgroup")
        subprocess.run(["umount", self.cgroups], check=False)
        shutil.rmtree(self.root)

    def on_medium(self, identifiers):
        os.sync()
        with open(self.image, "rb") as file:
            image = file.read()
        return [i for i in identifiers if i.encode() in image]
