#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evidence's whole way: a policy that two people signed names two reviewers; a list of customers is written to a volume, is taken away
again, and what stood around the findings is sealed on the endpoint, brought by weir-sync through nginx, asked for by one person,
approved by another and opened by weirctl with either reviewer's key. Nothing of it lies readable on the endpoint. What finds no
room is counted, and costs no event."""

import argparse
import importlib.util
import io
import json
import os
import resource
import signal
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from host import Host, in_own_mounts  # pylint: disable=wrong-import-position
from lab import customers, identifiers, shell  # pylint: disable=wrong-import-position

spec = importlib.util.spec_from_file_location("policy", os.path.join(HERE, "test-policy.py"))
policy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(policy)
fleet, until = policy.fleet, policy.until
POLICY = """apiVersion: weir/v1
kind: Policy
metadata: {name: evidence}
classes:
  customer-identity: {level: C2, detectors: [cn_resident_id]}
rules:
  - id: stick
    channel: removable
    content: {class: customer-identity, distinct: ">=5"}
    action: block
  - id: desk
    channel: file
    content: {class: customer-identity, distinct: ">=5"}
    action: audit
"""
EVIDENCE = """evidence:
  max_bytes: 4096
  rules: [stick]
  recipients:
"""


class Reviewer:
    """A key of somebody's own, and the certificate that goes into the policy."""

    def __init__(self, place, person, name):
        self.key = place.path(name + ".reviewer")
        self.certificate = person.weirctl("evidence", "key", "make", self.key, "--name", name)
        assert "PRIVATE" not in self.certificate

    def recipient(self):
        return "    - |\n" + "".join("      %s\n" % line for line in self.certificate.splitlines())


class Agent(policy.Agent):
    """It sees files by fanotify alone, on a host with a volume where nothing is to go."""

    def __init__(self, place, number, keys, host):
        super().__init__(place, number, keys)
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("sinks:\n  removable: {mounts: [%s]}\npin_dir: %s/weir\ncgroup: %s\nself_test: 1h\n" %
                       (host.volume, host.bpf, host.cgroup))
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.replace("best_tier: 4", "best_tier: 3"))

    def count(self, name):
        return self.status()["counts"][name]

    def readable(self, numbers):
        """Files of the agent's own that hold one of the identifiers as it is."""
        found = []
        for top in ("state", "run", "spool"):
            for folder, _, names in os.walk(os.path.join(self.folder, top)):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path):
                        with open(path, "rb") as file:
                            data = file.read()
                        found += [path for number in numbers if number.encode() in data]
        for name in ("agent.log", "../weir-sync.log"):
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
            found += [name for number in numbers if number.encode() in data]
        return found

    def waiting(self):
        return [name for name in os.listdir(os.path.join(self.folder, "spool", "evidence")) if len(name) == 64]


def publish(place, author, publisher, agent, text):
    path = place.path("policy.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    version = str(author.version("policy", "create", path)["id"])
    _, published = policy.sign_and_publish(author, publisher, version, "100")
    until("the policy", lambda: policy.is_there(agent, published))


def refuse_policies(place, author, reviewers):
    """A private key, or something else, is not taken for a reviewer."""
    with open(reviewers[0].key, encoding="ascii") as file:
        whole = file.read()
    for recipient, why in ((whole, "private key"), ("nonsense\n", "no certificate")):
        path = place.path("bad.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(POLICY + EVIDENCE + "    - |\n" + "".join("      %s\n" % line for line in recipient.splitlines()))
        said = author.weirctl("policy", "create", path, expect=1)
        assert why in said and "-----" not in said, said


def event_of(place, name, **more):
    """The event of a file of that name at the console, with all that is known of it."""
    def look():
        for event in place.weirctl("event", "ls", "--limit", "100")["events"]:
            if os.path.basename(event.get("file", {}).get("path", "")) == name and \
                    all(event.get(key) == value for key, value in more.items()):
                return event
        return None
    return until("the event of " + name, look)


def ask(requester, approver, event, reason):
    """Nobody approves what he asked for, and nothing is opened before somebody else has."""
    request = json.loads(requester.weirctl("evidence", "request", event["id"], "--reason", reason, "--minutes", "30", "--output",
                                           "json"))["request"]
    number = str(request["id"])
    requester.weirctl("evidence", "approve", number, expect=4)
    approver.weirctl("evidence", "approve", number)
    return number


def open_it(requester, number, reviewer):
    return requester.weirctl("evidence", "get", number, "--key", reviewer.key)


def take(place, people, agent, host, reviewers):
    """A list on the volume: gone from there, and in the evidence alone."""
    requester, approver = people
    text = customers(100, 40)
    numbers = identifiers(text)
    with open(os.path.join(host.volume, "list.csv"), "w", encoding="utf-8") as file:
        file.write(text)
    event = event_of(place, "list.csv", rule="stick")
    assert event["action"] == "block" and event["alert"] and len(event["evidence_sha256"]) == 64, event
    until("the evidence at the console", lambda: not agent.waiting())
    number = ask(requester, approver, event, "is this our list?")
    for reviewer in reviewers:
        opened = open_it(requester, number, reviewer)
        seen = [i for i in numbers if i in opened]
        assert len(seen) > 10, opened[:2000]
        assert "rule: stick" in opened and "list.csv" in opened and "is this our list?" in opened, opened[:1000]
    assert not host.on_medium(numbers)
    assert not agent.readable(numbers), agent.readable(numbers)
    return len(seen)


def take_archive(place, people, agent, host, reviewers):
    """What stands in a member of an archive is told as it stands there, with the member's path."""
    text = customers(300, 12)
    numbers = identifiers(text)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "nothing of note\n" * 100)
        archive.writestr("branch/customers.csv", text)
    with open(os.path.join(host.volume, "list.zip"), "wb") as file:
        file.write(packed.getvalue())
    event = event_of(place, "list.zip", rule="stick")
    assert len(event["evidence_sha256"]) == 64, event
    until("the evidence at the console", lambda: not agent.waiting())
    opened = open_it(people[0], ask(*people, event, "and this?"), reviewers[1])
    assert " of branch/customers.csv\n" in opened and all(i in opened for i in numbers), opened[:2000]
    assert not agent.readable(numbers), agent.readable(numbers)


def take_none(place, agent, host):
    """Neither of a rule that is not named, nor of what is no alert's; and a copy that the gate refuses lands nowhere and shows nothing."""
    text = customers(500, 10)
    path = os.path.join(agent.folder, "data", "desk.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    assert "evidence_sha256" not in event_of(place, "desk.csv", rule="desk") or \
        not event_of(place, "desk.csv", rule="desk")["evidence_sha256"]
    until("the label", lambda: agent.count("labels_dirty"))
    assert shell("cp %s %s/copy.csv" % (path, host.volume)).returncode != 0
    event = event_of(place, "copy.csv", action="block")
    assert event["cause"] == "label" and not event.get("evidence_sha256"), event
    assert not agent.waiting()


def crash(child):
    """What was in memory does not come to the disk that way either."""
    resource.prlimit(child.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.kill(child.pid, signal.SIGSEGV)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = -signal.SIGSEGV
    assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status), status


def no_room(place, agent, host):
    """The event goes out all the same, and the drop is told of."""
    with open(agent.config, "a", encoding="utf-8") as file:
        file.write("evidence_max: 100\n")
    agent.start_agent()
    with open(os.path.join(host.volume, "more.csv"), "w", encoding="utf-8") as file:
        file.write(customers(700, 10))
    event = event_of(place, "more.csv", rule="stick")
    assert event["alert"] and not event.get("evidence_sha256"), event
    assert agent.count("evidence_dropped") == 1 and agent.count("evidence") == 0
    until("the drop at the console", lambda: "evidence_full" in json.dumps(place.weirctl("agent", "ls")))


def run(place, host):
    place.folder_of("state")
    place.start_console()
    place.start_nginx()
    author, publisher, keys = policy.introduce(place)
    people = policy.Person(place, "zhao.min", "senior", ["branch"]), policy.Person(place, "sun.li", "evidence_approver", ["branch"])
    reviewers = [Reviewer(place, people[0], name) for name in ("zhao.min", "zhou.yu")]
    agent = Agent(place, 1, keys, host)
    fleet.come_in(place, [agent])
    child = agent.start_agent()
    agent.start()
    refuse_policies(place, author, reviewers)
    publish(place, author, publisher, agent, POLICY)
    with open(os.path.join(host.volume, "before.csv"), "w", encoding="utf-8") as file:
        file.write(customers(900, 10))
    assert not event_of(place, "before.csv", rule="stick").get("evidence_sha256")
    publish(place, author, publisher, agent, POLICY + EVIDENCE + "".join(r.recipient() for r in reviewers))
    seen = take(place, people, agent, host, reviewers)
    take_archive(place, people, agent, host, reviewers)
    take_none(place, agent, host)
    assert agent.count("evidence") == 2 and agent.count("evidence_dropped") == 0, agent.status()["counts"]
    crash(child)
    no_room(place, agent, host)
    print("a list of 40: its evidence shows %d of them to each of 2 reviewers, its endpoint none" % seen)


def main():
    if os.geteuid() != 0:
        print("network namespaces and mounts need root")
        return 77
    argparse.ArgumentParser().parse_args()
    in_own_mounts(os.path.basename(__file__))
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # nothing of it stays
    with Host() as host, fleet.Place() as place:
        os.chmod(place.folder, 0o755)
        run(place, host)
        return 0


if __name__ == "__main__":
    sys.exit(main())
