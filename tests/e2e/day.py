#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A working day in small, in a guest with a FAT stick: how far the memory of one customers' list spreads, whom it hampers, and for
how long. tests/eval/day.sh runs it.

day.py HOOK: lsm or fmod_ret.

Six people's programs run all the time, each in a session of its own. All do harmless work in rounds: text and packed files for the
stick, sealed files for the stick, archives for their own disk, a log that all write and read. Three of them open the list, once,
after some rounds. What is refused or labelled before that is the policy's doing; what is so afterwards, and was not before, is the
price of following the list."""

import collections
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab as weir  # noqa: E402
import stick  # noqa: E402
from lab import check, write  # noqa: E402

LIST = stick.DATA + "/customers.csv"
HOME = stick.DATA + "/home"
LOG = stick.DATA + "/log"
FOLLOWED = 120  # seconds for which an opening is remembered: settings of the agent
EVERY = 15  # seconds from round to round at least; a guest on a busy machine takes longer
BEFORE, AFTERWARDS = 2, 2  # rounds before the list is opened, and when nothing is remembered any more
PATIENCE = 300  # seconds for a round
MINUTES = "agenda, decisions, and who does what by when; nothing about anybody\n" * 40

# {n}: the round, {home}: this person's folder, {stick}: theirs on the volume. Each line is one piece of work; what it leaves there is
# named after what it is: text, packed or sealed.
SHELL_WORK = """
seq 1 400 | sort -r > {home}/numbers-{n}.txt
cp {home}/minutes.txt {stick}/text-{n}-cp.txt
cat {home}/minutes.txt {home}/numbers-{n}.txt > {stick}/text-{n}-cat.txt
tar -C {home} -czf {home}/archive-{n}.tgz minutes.txt
zip -qj {stick}/packed-{n}.zip {home}/minutes.txt
openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in {home}/minutes.txt -out {home}/sealed-{n}.bin
openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in {home}/minutes.txt | cat > {stick}/sealed-{n}.bin
tail -n 5 {log} > {home}/tail-{n}.txt
echo "$(date +%s) {home} round {n} is done, and this line is for all who read the log" >> {log}
"""
COMPILER_WORK = """
git -C {home}/tree init -q; cp {home}/tree/a.c {home}/tree/b{n}.c; git -C {home}/tree add .
git -C {home}/tree -c user.name=x -c user.email=x@localhost commit -q -m {n}
gcc -O0 -o {home}/tree/a.out {home}/tree/a.c && {home}/tree/a.out > {home}/out-{n}.txt
cp {home}/tree/a.out {stick}/packed-{n}.out
git clone -q {home}/tree {home}/clone-{n}
"""
BROWSER_WORK = """
curl -s -o {home}/download-{n}.txt file://{home}/minutes.txt
cp {home}/download-{n}.txt {stick}/text-{n}-download.txt
sqlite3 {home}/history.db 'create table if not exists visits (n integer, at text)' 'insert into visits values ({n}, 1)'
cp {home}/history.db {stick}/packed-{n}.db
"""
BACKUP_WORK = """
rsync -r {home}/minutes.txt {stick}/text-{n}-rsync.txt
tar -C {home} -cf - minutes.txt | gzip -c | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x > {stick}/sealed-{n}-backup.bin
"""
# What each does with the list: looking, counting, picking from it; nobody keeps or sends it.
SHELL_LOOKS = """
cat {list}
head -n 3 {list} > /dev/null
sort {list} | uniq -c | wc -l
lines=$(grep -c customer {list})
"""
# Long-lived, as editors and office programs are: they read lines "open", "N" and "end" from a file of orders. Each has a second process, which
# looks at what is written for spelling.
EDITOR = """
import os, socket, subprocess, sys, time
home, stick, listed, orders = sys.argv[1:5]
at = 0
mine, other = socket.socketpair()
if os.fork() == 0:
    mine.close()
    while other.recv(65536):
        other.send(b"all words are known")
    os._exit(0)
other.close()
while True:
    with open(orders) as file:
        lines = file.read().splitlines()
    if len(lines) <= at:
        time.sleep(0.1)
        continue
    order, at = lines[at], at + 1
    if order == "end":
        break
    if order == "open":
        with open(listed) as file:
            file.read()
        continue
    with open(home + "/minutes.txt") as file:
        text = file.read()
    mine.send(text.encode())
    mine.recv(64)
    for name in (home + "/notes-%s.txt" % order, stick + "/text-%s.txt" % order):
        try:
            with open(name, "w") as file:
                file.write(text)
        except OSError:
            pass
    open(home + "/done-" + order, "w").close()
"""
OFFICE = EDITOR.replace("import os,", "import os, zipfile,").replace("/notes-%s.txt", "/notes-%s.docx").replace(
    "/text-%s.txt", "/packed-%s.docx").replace("""            with open(name, "w") as file:
                file.write(text)""", """            with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("word/document.xml", "<w:document><w:p><w:t>%s</w:t></w:p></w:document>" % text)""")


class Person:
    """A session of a program that stays: a shell that is told what to do, or a program of its own."""

    def __init__(self, name, work, looks="", program=""):
        self.name, self.work, self.looks, self.program = name, work, looks, program
        self.home, self.stick = os.path.join(HOME, name), os.path.join(stick.STICK, name)
        self.orders = "/srv/orders-" + name
        for folder in (self.home, self.stick, self.home + "/tree"):
            os.makedirs(folder)
        write(self.home + "/minutes.txt", MINUTES)
        write(self.home + "/tree/a.c", '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n')
        write(self.orders, "")

    @property
    def opens(self):
        return bool(self.looks or self.program)

    def begin(self):
        command = ["python3", "-c", self.program, self.home, self.stick, LIST, self.orders] if self.program else ["bash", "--norc"]
        # No pipe back: what they say goes nowhere, so that nobody is told anything by it.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tell(self, text):
        if self.program:
            with open(self.orders, "a") as file:
                file.write(text + "\n")
        else:
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()

    def round(self, n):
        fields = {"n": n, "home": self.home, "stick": self.stick, "log": LOG}
        self.tell("%d" % n if self.program else self.work.format(**fields) + "touch %s/done-%d" % (self.home, n))

    def done(self, n):
        return os.path.exists("%s/done-%d" % (self.home, n))

    def look(self):
        if self.opens:
            self.tell("open" if self.program else self.looks.format(list=LIST))

    def end(self):
        self.tell("end" if self.program else "exit")
        self.process.stdin.close()
        self.process.wait(120)


def remembered():
    """(processes that remember a label, all processes, pipes, pairs of sockets and files that carry one)."""
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    procs, carriers = ([entry["formatted"]["value"] for entry in weir.kernel_map(name)] for name in ("weir_procs", "weir_carriers"))
    return (sum(one["tainted_until_ns"] > now for one in procs), len(procs), sum(one["until_ns"] > now for one in carriers))


def work(people, n):
    """A round to its end, and until the next one is due."""
    due = time.monotonic() + EVERY
    for person in people:
        person.round(n)
    weir.wait_for(lambda: all(person.done(n) for person in people), PATIENCE, "the end of round %d" % n)
    time.sleep(max(0.0, due - time.monotonic()))


def kind_of(path):
    """(name of the person, round, what it is) of a file that a round has left."""
    where = os.path.relpath(path, stick.STICK if path.startswith(stick.STICK) else HOME).split("/")
    parts = os.path.splitext(where[-1])[0].split("-")
    if len(where) < 2 or len(parts) < 2 or not parts[1].isdigit():
        return None
    return where[0], int(parts[1]), parts[0]


def judged(lab):
    """{(person, round, kind): refused} on the stick, and the files on local disk that got a label."""
    refused, labelled = collections.Counter(), []
    for event in lab.events(5000):
        path = event.get("file", {}).get("path", "")
        if path.startswith(stick.STICK) and event["action"] == "block" and kind_of(path):
            refused[kind_of(path)] = 1
        elif path.startswith(HOME) and event["counts"]:
            labelled.append(path)
    return refused, labelled


def written(people):
    """How many files each kind of work should have left on the stick in one round."""
    count = collections.Counter()
    for person in people:
        if person.program:
            count[person.name, "packed" if person.name == "office" else "text"] = 1
        for line in person.work.splitlines():
            if "{stick}/" in line:
                count[person.name, line.split("{stick}/")[1].split("-")[0]] += 1
    return count


def shares(people, refused, rounds):
    """Of what was written in these rounds, how much was refused: {(who, kind): (refused, in all)}."""
    table = collections.defaultdict(lambda: [0, 0])
    for (name, kind), each in written(people).items():
        who = "opened the list" if next(p for p in people if p.name == name).opens else "never saw it"
        table[who, kind][1] += each * len(rounds)
        table[who, kind][0] += sum(value for (person, n, what), value in refused.items() if (person, what) == (name, kind) and n in rounds)
    return table


def report(people, seen, spans, events):
    refused, labelled = events
    print("   s  processes that remember  of all  carriers")
    for seconds, (tainted, processes, carriers) in seen:
        print("%4d  %23d  %6d  %8d" % (seconds, tainted, processes, carriers))
    tables = {span: shares(people, refused, rounds) for span, rounds in spans.items()}
    print("harmless files refused at the stick, of how many: " + ", ".join(spans))
    for row in sorted(tables["before"]):
        print("  %-16s %-7s %s" % (row + ("   ".join("%3d of %3d" % tuple(tables[span][row]) for span in spans),)))
    print("harmless files on local disk that got a label: %d" % len(labelled))
    for path in labelled[:10]:
        print("  " + path)
    return tables


def rounds_of_the_day(people):
    """(what is remembered at which second, {span: its rounds}). A round in which the memory ends belongs to none."""
    spans = {"before": [], "remembered": [], "afterwards": []}
    for n in range(BEFORE):
        work(people, n)
        spans["before"].append(n)
    seen = [(0, remembered())]
    check(seen[0][1][0] == 0, "somebody remembers a list that nobody has opened")
    for person in people:
        person.look()
    opened = time.monotonic()
    while len(spans["afterwards"]) < AFTERWARDS:
        # Whoever is behind with its work opens the list later: a round for that.
        began, n = time.monotonic() - opened, n + 1
        work(people, n)
        ended = time.monotonic() - opened
        seen.append((round(ended), remembered()))
        if ended < FOLLOWED:
            spans["remembered"].append(n)
        elif began > FOLLOWED + 2 * EVERY:
            spans["afterwards"].append(n)
    return seen, spans


def run(lab):
    os.makedirs(HOME)
    write(LOG, "the log of all\n")
    write(LIST, weir.customers(0, 20))
    lab.event(path=LIST)
    people = [Person("shell", SHELL_WORK, SHELL_LOOKS), Person("editor", "", program=EDITOR), Person("office", "", program=OFFICE),
              Person("compiler", COMPILER_WORK), Person("browser", BROWSER_WORK), Person("backup", BACKUP_WORK)]
    for person in people:
        person.begin()
    seen, spans = rounds_of_the_day(people)
    for person in people:
        person.end()
    weir.wait_for(lambda: lab.status()["pending"] == 0, 180, "a quiet agent")
    time.sleep(5)
    events = judged(lab)
    judge(report(people, seen, spans, events), seen, events[1])


def judge(tables, seen, labelled):
    """Who never opened the list is not hampered; nobody is once it is forgotten; what can be read is never refused."""
    check(max(count[0] for _, count in seen) > 0, "nobody remembers the list that three have opened")
    check(seen[-1][1][0] == 0, "%d processes remember a list for longer than they should" % seen[-1][1][0])
    before = {row: share[0] / share[1] for row, share in tables["before"].items()}
    for span in ("remembered", "afterwards"):
        for row, (refused, count) in tables[span].items():
            allowed = row[1] == "sealed" and row[0] == "opened the list" and span != "afterwards"
            check(allowed or refused / count <= before[row], "%s, %s, %s: %d of %d refused" % (span, *row, refused, count))
    check(not labelled or all("sealed" in path for path in labelled), "labelled: %s" % labelled[:3])


def guest(hook):
    shutil.rmtree(HOME, ignore_errors=True)
    with stick.plugged(hook) as lab:
        run(lab)


if __name__ == "__main__":
    weir.main(lambda: guest(sys.argv[1]))
