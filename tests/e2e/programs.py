#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs that people use to bring files to a stick, run for real: each with twenty customers, and with the same table of
nobody.

programs.py TIER         in a guest with a FAT stick: lsm or fmod_ret
programs.py --image IMG  on the stick's raw image, from outside the guest
programs.py --table LOG  docs/programs.md, from what runs have printed; test-programs.py is tier 3 on this machine

A row's command brings something made of a list to the volume; its back prints the list again from what lies there. So all are judged
alike, whatever they pack it into: nothing of the customers may come back, all of nobody's table must."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
from lab import check, write  # noqa: E402

SECONDS = 120  # for one program; guests are slow
CUSTOMERS = 20
RESULTS = "PROGRAMS "
DENIED = "[Pp]ermission denied|not permitted"
SSH = "#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n"
PG = "setpriv --reuid=65534 --regid=65534 --clear-groups env LC_ALL=C /usr/lib/postgresql/15/bin/"


@dataclasses.dataclass(frozen=True)
class Program:
    """In commands {dir} is a folder with list.csv, {list}, and what prepare has made of it there; {target} a name in an empty folder
    of the volume. source: what the program reads. names: what the agent may call it. says: its own words for a refusal; fails: its
    status tells too. packed: what it writes are not the rows as they are; loose: nor what comes back. late: tiers in which it is
    caught at the close, as the one who writes has not opened the list, or packs it. extra: too large to be installed for this."""
    name: str
    command: str
    back: str = "cat {target}"
    prepare: str = ""
    finish: str = ""
    source: str = "list.csv"
    names: tuple = ()
    says: str = DENIED
    packed: bool = False
    loose: bool = False
    late: frozenset = frozenset()
    fails: bool = True
    extra: str = ""


PACKS = frozenset((1, 2))  # the kernel sees no identifier in what is written
HANDS_ON = frozenset((3,))  # nobody who opened the list opens a file on the volume

PROGRAMS = [
    Program("cp", "cp {list} {target}"),
    Program("cp -r", "cp -r {dir}/tree {target}", "cat {target}/list.csv", "mkdir {dir}/tree && cp {list} {dir}/tree",
            source="tree/list.csv", names=("cp",)),
    Program("mv", "mv {list} {target}"),
    Program("install", "install {list} {target}"),
    Program("dd", "dd if={list} of={target} bs=100 status=none"),
    Program("cat >", "cat {list} >{target}", names=("cat",)),
    Program("tee", "tee {target} <{list} >/dev/null"),
    Program("split", "split -l 15 {list} {target}.", "cat {target}.*"),
    Program("sed -i", "echo head >{target} && sed -i -f {dir}/script {target}", "tail -n +2 {target}",
            "sed 's/^/a /' {list} >{dir}/script", source="script", names=("sed",)),
    Program("ed", "printf 'w {target}\\nq\\n' | ed -s {list}"),
    Program("vi", "vi -Nu NONE -es -c 'redir! > {dir}/said' -c 'w! {target}' -c 'redir END' -c 'qa!' {list}; status=$?; "
            "cat {dir}/said; exit $status", names=("vi", "vim"), says="E212|E514|E166|E667|Can't open file for writing"),
    Program("rsync", "rsync {list} {target}"),
    Program("tar", "tar -C {dir} -cf {target} list.csv", "tar -xOf {target}"),
    Program("cpio", "cd {dir} && echo list.csv | cpio -o --quiet >{target}", "cpio -i --quiet --to-stdout <{target}"),
    Program("gzip >", "gzip -c {list} >{target}", "gzip -dc {target}", names=("gzip", "bash"), packed=True, late=PACKS),
    Program("zip", "zip -qj {target}.zip {list}", "unzip -p {target}.zip", packed=True, late=PACKS),
    Program("7z", "7z a -bd -y {target}.7z {list}", "7z x -so {target}.7z", packed=True, late=PACKS),
    Program("openssl enc", "openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in {list} -out {target}",
            "openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -in {target}", names=("openssl",), packed=True, late=PACKS),
    Program("curl -o", "curl -sS -o {target} file://{list}", names=("curl",), says=DENIED + "|[Ff]ail(ure|ed) writing"),
    Program("scp", "scp -q -S {dir}/ssh {list} here:{target}", prepare="printf '%s' '" + SSH + "' >{dir}/ssh && chmod 755 {dir}/ssh",
            names=("sftp-server",), says=DENIED + "|Failure|failure", late=HANDS_ON),
    Program("python shutil", "python3 -c 'import shutil, sys; shutil.copy(*sys.argv[1:])' {list} {target}", names=("python3",)),
    Program("gio copy", "GIO_USE_VFS=local gio copy {list} {target}", names=("gio",)),
    Program("git clone", "git clone -q {dir}/repo {target}", "git -C {target} show HEAD:list.csv",
            "git init -q {dir}/repo && cp {list} {dir}/repo && cd {dir}/repo && git add list.csv && "
            "git -c user.name=x -c user.email=x@localhost commit -q -m x", source="repo/list.csv", names=("git",),
            packed=True, late=PACKS | HANDS_ON),
    Program("sqlite3 .backup", "sqlite3 {dir}/list.db '.backup {target}'", "sqlite3 -header -separator , {target} 'select * from list'",
            "sqlite3 {dir}/list.db '.mode csv' '.import {list} list'", source="list.db", names=("sqlite3",), packed=True,
            says="Error|error", late=PACKS),
    Program("LibreOffice", "soffice -env:UserInstallation=file://{dir}/home --headless --infilter=CSV:44,34,76,1,2/2 "
            "--convert-to xlsx --outdir {target} {list}", "unzip -p {target}/list.xlsx xl/sharedStrings.xml",
            names=("soffice.bin", "oosplash", "soffice"), says="Error.*:Access", packed=True, loose=True, late=PACKS, fails=False, extra="soffice"),
    Program("pg_dump", "pg_dump -h {dir}/run -U weir -t list -f {target} postgres", "sed -n '/^COPY/,/^\\\\\\./p' {target}",
            "chmod 755 {dir} && mkdir {dir}/pg {dir}/run && chown 65534:65534 {dir}/pg {dir}/run && "
            + PG + "initdb -D {dir}/pg -U weir -A trust >/dev/null && "
            + PG + "pg_ctl -w -D {dir}/pg -o \"-k {dir}/run -h ''\" -l {dir}/run/log start >/dev/null && "
            "psql -q -h {dir}/run -U weir -c 'create table list (name text, number text, remark text)' "
            "-c '\\copy list from {list} csv header' postgres", PG + "pg_ctl -D {dir}/pg -m immediate stop >/dev/null",
            loose=True, late=HANDS_ON, extra="/usr/lib/postgresql/15/bin/pg_ctl"),
]


def run(command):
    """Status and words; a program that hangs is a failure. By a file on a disk: a pipe would hand on to us what the program has
    read, as it should, and the next one would be ours."""
    with tempfile.TemporaryFile(dir="/var/tmp") as output:
        try:
            done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired as late:
            raise weir.Failure("hung: %s" % command) from late
        output.seek(0)
        return done.returncode, output.read().decode(errors="replace")


class Trial:
    """One program with one list."""

    def __init__(self, number, row, base, volume, valid):
        kind = "dirty" if valid else "clean"
        self.row = row
        self.text = weir.customers(number * CUSTOMERS, CUSTOMERS, valid)
        self.folder = os.path.join(base, "%s-%d" % (kind, number))
        self.place = os.path.join(volume, "%s-%d" % (kind, number))
        self.source = os.path.join(self.folder, row.source)
        self.fields = {"dir": self.folder, "list": os.path.join(self.folder, "list.csv"), "target": os.path.join(self.place, "out")}

    def fill(self, command):
        return re.sub(r"\{(dir|list|target)\}", lambda match: self.fields[match[1]], command)

    def prepare(self):
        os.makedirs(self.folder)
        os.makedirs(self.place)
        write(self.fields["list"], self.text)
        if self.row.prepare:
            status, said = run(self.fill(self.row.prepare))
            check(status == 0, "%s: cannot prepare: %s" % (self.row.name, said))

    def copy(self):
        self.status, self.said = run(self.fill(self.row.command))

    def finish(self):
        if self.row.finish:
            run(self.fill(self.row.finish))

    def back(self):
        return run(self.fill(self.row.back))[1]

    def words(self):
        """The line in which the program tells of the refusal, without the places of this run; "" when none does."""
        found = [line.strip() for line in self.said.splitlines() if re.search(self.row.says, line)]
        if not found:
            return ""
        return found[0].replace(self.fields["target"], "FILE").replace(self.place, "DIR").replace(self.folder, "DIR")

    def names(self):
        return self.row.names or (self.row.name,)

    def refusals(self, events):
        """The alerts about this program's files."""
        return [event for event in events if event["alert"] and event["action"] == "block" and
                event.get("file", {}).get("path", "").startswith(self.place + "/") and
                event.get("process", {}).get("name") in self.names()]


def rows():
    """(number, row): those whose program is here. Only extras may be missing."""
    return [(number, row) for number, row in enumerate(PROGRAMS) if not row.extra or shutil.which(row.extra)]


def settle(lab):
    weir.wait_for(lambda: lab.status()["pending"] == 0, 180, "a quiet agent")


def wait_for_labels(lab, trials):
    def labelled():
        seen = {event.get("file", {}).get("path") for event in lab.events(5000)}
        return all(trial.source in seen for trial in trials)
    weir.wait_for(labelled, 180, "the labels of what is copied")
    settle(lab)


def customers_stay(lab, trials, tier):
    """[(program, what became of it, what it said)]: each refused with a word that says so, or caught at the close."""
    for trial in trials:
        trial.copy()
    wanted = list(trials)

    def all_told():
        events = lab.events(5000)
        wanted[:] = [trial for trial in wanted if not trial.refusals(events)]
        return not wanted
    try:
        weir.wait_for(all_told, 120, "alerts")
    except weir.Failure as failure:
        raise weir.Failure("no alert about %s" % [(trial.row.name, trial.status, trial.said) for trial in wanted]) from failure
    settle(lab)
    events, results = lab.events(5000), []
    for trial in trials:
        refused = (trial.status != 0 or not trial.row.fails) and trial.words()
        check(refused or tier in trial.row.late, "%s: status %d: %s" % (trial.row.name, trial.status, trial.said))
        for event in trial.refusals(events):
            check(not any(number in str(event) for number in weir.identifiers(trial.text)), "an identifier is in an event")
        came = trial.back()
        check(not [number for number in weir.identifiers(trial.text) if number in came], "%s: customers arrived" % trial.row.name)
        results.append((trial.row.name, "refused" if refused else "at close", trial.words() if refused else ""))
    return results


def nobody_passes(lab, trials):
    """The same programs with the table of nobody succeed, byte for byte."""
    for trial in trials:
        trial.copy()
        if trial.status != 0:
            settle(lab)
            why = [(event["action"], event["cause"]) for event in lab.events(5000)
                   if event.get("file", {}).get("path", "").startswith(trial.place + "/")]
            check(False, "%s of nobody's table: status %d: %s%s" % (trial.row.name, trial.status, trial.said, why))
    settle(lab)
    for trial in trials:
        came = trial.back()
        whole = all(number in came for number in weir.identifiers(trial.text)) if trial.row.loose else trial.text == came
        check(whole, "%s: nobody's table did not arrive whole" % trial.row.name)
    refused = [event for event in lab.events(5000) if event["action"] == "block" and
               any(event.get("file", {}).get("path", "").startswith(trial.place + "/") for trial in trials)]
    check(not refused, "nobody's table was refused: %s" % refused[:1])


def scenario(lab, places, tier, title):
    """places: a watched folder, another, and the volume. Identifiers that are known by content alone are not labelled first."""
    watched, elsewhere, volume = places
    dirty = [Trial(number, row, watched if tier == 3 or row.packed else elsewhere, volume, True) for number, row in rows()]
    clean = [Trial(number, row, elsewhere, volume, False) for number, row in rows()]
    try:
        for trial in dirty + clean:
            trial.prepare()
        wait_for_labels(lab, [trial for trial in dirty if trial.folder.startswith(watched)])
        # First, while this process has read nothing back of customers: its children are held to what it has read.
        nobody_passes(lab, clean)
        results = customers_stay(lab, dirty, tier)
    finally:
        for trial in dirty + clean:
            trial.finish()
    print(RESULTS + json.dumps({"title": title, "results": results}))
    return [number for trial in dirty for number in weir.identifiers(trial.text)]


def guest(hook):
    import stick
    tier = {"lsm": 1, "fmod_ret": 2}[hook]
    os.makedirs("/opt/elsewhere", exist_ok=True)
    with stick.plugged(hook) as lab:
        scenario(lab, (stick.DATA, "/opt/elsewhere", stick.STICK), tier, "tier %d, %s" % (tier, os.uname().release))


def image(path):
    """From outside: no customer is on the medium, and what nobody's table was copied to is."""
    with open(path, "rb") as file:
        data = file.read()
    numbers = weir.identifiers(weir.customers(0, CUSTOMERS * len(PROGRAMS)))
    there = set(re.findall(rb"(?=(110000[0-9]{11}[0-9X]))", data))
    left = [number for number in numbers if number.encode() in there]
    check(not left, "%d of %d identifiers are on the medium" % (len(left), len(numbers)))
    whole = data.count(weir.customers(0, CUSTOMERS, valid=False).encode())
    check(whole > 0, "nobody's table is not on the medium")
    print("raw image: 0 of %d identifiers" % len(numbers))


HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# Ordinary programs and a stick

Written by `tests/e2e/programs.py --table` from runs of `tests/vm/test-programs.sh` (a FAT stick in guests) and
`tests/e2e/test-programs.py` (an ext4 volume on this machine); do not edit it. Each program brought {customers} synthetic customers to the volume:
it was refused and said so, or what it wrote was overwritten when it was closed. In each case an alert named the program, what lay on the volume gave
no customer back, and the raw image held none of the identifiers. The same table with wrong check digits arrived whole.

Copies inside the kernel (Python's shutil, gio) begin with a call that shows no bytes; tiers 1 and 2 answer it as a file system that has no such call,
and the program goes on with one that is looked at. At close: what lands is packed, so that the kernel sees no identifier in it, or is written by a process
that has not opened the list.
"""


def table(log):
    columns = []
    with open(log) as file:
        for line in file:
            if line.startswith(RESULTS):
                columns.append(json.loads(line[len(RESULTS):]))
    names = [row.name for row in PROGRAMS]
    outcomes = [{name: (outcome, said) for name, outcome, said in column["results"]} for column in columns]
    lines = [HEAD.format(customers=CUSTOMERS), "| program | %s | what it says |" % " | ".join(column["title"] for column in columns),
             "|---" * (len(columns) + 2) + "|"]
    for name in names:
        said = next((found[name][1] for found in outcomes if name in found and found[name][1]), "")
        lines.append("| `%s` | %s | %s |" % (name, " | ".join(found.get(name, ("-",))[0] for found in outcomes), said.replace("|", "\\|")))
    print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1] == "--image":
        weir.main(lambda: image(sys.argv[2]))
    elif sys.argv[1] == "--table":
        table(sys.argv[2])
    else:
        weir.main(lambda: guest(sys.argv[1]))
