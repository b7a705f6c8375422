#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A policy's whole way: made by one person, signed by two, published by another than its author, through nginx and weir-sync to three
real agents, which refuse what is not signed enough or too old; a ring that halts by itself. Three consoles share a PostgreSQL server,
and one of them is killed.

    test-policy.py [--pushes N] [--consoles N]

N pushes are measured, 5; one console has SQLite."""

import argparse
import hashlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("fleet", os.path.join(HERE, "test-fleet.py"))
fleet = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fleet)
BIN, NOBODY, until = fleet.BIN, fleet.NOBODY, fleet.until
WEIRCTL = os.path.join(BIN, "weirctl")
PASSWORD = "correct horse battery"
POLICY = """apiVersion: weir/v1
kind: Policy
metadata: {name: push-%d}
classes:
  customer-identity: {level: C2, detectors: [cn_resident_id]}
rules:
  - id: stick
    channel: removable
    content: {class: customer-identity, distinct: ">=5"}
    action: block
"""
CASES = """cases:
  - name: five customers
    channel: removable
    distinct: {cn_resident_id: 5}
    expect: {action: block}
"""


class Person:
    def __init__(self, place, name, role, groups=()):
        self.place = place
        status, answer = place.api("POST", "/api/v1/users", {"name": name, "password": PASSWORD, "roles": [role], "groups": list(groups)})
        assert status == 201, (status, answer)
        status, answer = place.api("POST", "/api/v1/login", {"name": name, "password": PASSWORD, "bearer": True})
        assert status == 200, (status, answer)
        self.token_file, self.key = place.path(name + ".token"), place.path(name + ".key")
        with open(os.open(self.token_file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(answer["token"] + "\n")

    def weirctl(self, *arguments, expect=0):
        result = subprocess.run([WEIRCTL, "--console", "unix:" + self.place.path("socket"), "--token-file", self.token_file, *arguments],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                env={"LC_ALL": "C", "PATH": os.environ["PATH"], "XDG_CONFIG_HOME": self.place.folder})
        assert result.returncode == expect, (arguments, result.returncode, result.stdout, result.stderr)
        return result.stdout if expect == 0 else result.stderr

    def version(self, *arguments):
        return json.loads(self.weirctl(*arguments, "--output", "json"))["version"]


class Agent(fleet.Endpoint):
    """An endpoint with the real agent; it sees files alone (tier 4), which is all that a policy's way needs."""

    def __init__(self, place, number, keys):
        super().__init__(place, number)
        os.chmod(self.folder, 0o755)
        self.state = os.path.join(self.folder, "state")
        for name, mode, group in (("state", 0o755, 0), ("run", 0o755, 0), ("data", 0o755, 0), ("spool", 0o2750, NOBODY)):
            path = os.path.join(self.folder, name)
            os.mkdir(path)
            os.chown(path, 0, group)
            os.chmod(path, mode)
        with open(os.path.join(self.state, "agent-uid"), "wb") as file:
            file.write(self.uid)
        os.chmod(os.path.join(self.state, "agent-uid"), 0o644)
        self.config = os.path.join(self.folder, "agent.yaml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("signed_policy: {keys: %s}\nbest_tier: 4\n" % keys)

    def options(self, port):
        return ("--console", f"https://{fleet.SERVER}:{port}", "--identity", self.identity, "--agent-uid-file",
                os.path.join(self.state, "agent-uid"), "--spool", os.path.join(self.folder, "spool"), "--state", self.state)

    def start_agent(self):
        with open(os.path.join(self.folder, "agent.log"), "ab") as log:
            child = subprocess.Popen([os.path.join(BIN, "weir-agent"), "--config", self.config, "--state-dir", self.state,
                                      "--runtime-dir", os.path.join(self.folder, "run"), "--spool-dir", os.path.join(self.folder, "spool"),
                                      "--policy", "/nowhere/policy.yaml", "--watch", os.path.join(self.folder, "data"),
                                      "--inspect", os.path.join(BIN, "weir-inspect")],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.place.children.append(child)
        until("the agent", lambda: "policy" in self.status())
        return child

    def status(self):
        result = subprocess.run([os.path.join(BIN, "weir"), "status", "--format", "json", "--socket",
                                 os.path.join(self.folder, "run", "control.sock")], capture_output=True, check=False)
        try:
            return json.loads(result.stdout)
        except ValueError:
            return {}

    def said(self):
        with open(os.path.join(self.state, "policy.status"), "rb") as file:
            return file.read()

    def bring(self, envelope):
        """As weir-sync would, past the console; what the agent says of it."""
        path = os.path.join(self.state, "inbox", "policy.dsse")
        with open(path + ".new", "wb") as file:
            file.write(envelope)
        os.rename(path + ".new", path)
        mark = hashlib.sha256(envelope).digest()
        until("a judgement", lambda: self.said()[4:36] == mark)
        return self.status()["policy"]


def introduce(place):
    author, publisher = Person(place, "li.na", "policy_author"), Person(place, "wang.wei", "policy_publisher")
    administrator = Person(place, "chen.jie", "administrator")
    keys = place.folder_of("policy.d")
    for number, person in enumerate((author, publisher)):
        with open(os.path.join(keys, "%d.pem" % number), "w", encoding="ascii") as file:
            file.write(person.weirctl("key", "make", person.key))
        assert os.stat(person.key).st_mode & 0o777 == 0o600
        key = json.loads(person.weirctl("key", "add", person.key, "--output", "json"))["key"]["id"]
        person.weirctl("key", "approve", str(key), expect=4)
        administrator.weirctl("key", "approve", str(key))
    return author, publisher, keys


def make(place, author, number, *options):
    path, cases = place.path("policy.yaml"), place.path("cases.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(POLICY % number)
    with open(cases, "w", encoding="utf-8") as file:
        file.write(CASES)
    return str(author.version("policy", "create", path, "--cases", cases, *options)["id"])


def sign_and_publish(author, publisher, version, ring):
    for person in (author, publisher):
        person.weirctl("policy", "sign", version, "--key", person.key, "--yes")
    begun = time.monotonic()
    return begun, publisher.version("policy", "publish", version, "--ring", ring)


def is_there(agent, published):
    return agent.said().count(bytes.fromhex(published["hash"])) == 2


def refuse_people(author, publisher, version):
    """Nobody alone, and never the author."""
    assert "0 of 2 people" in publisher.weirctl("policy", "publish", version, expect=5)
    author.weirctl("policy", "sign", version, "--key", author.key, "--yes")
    assert "already" in author.weirctl("policy", "sign", version, "--key", author.key, "--yes", expect=5)
    assert "1 of 2 people" in publisher.weirctl("policy", "publish", version, expect=5)
    author.weirctl("policy", "publish", version, expect=4)
    publisher.weirctl("policy", "sign", version, "--key", publisher.key, "--yes")
    author.weirctl("policy", "publish", version, expect=4)


def push(place, author, publisher, agents, number):
    """Milliseconds from the order to publish until each agent has it in force."""
    begun, published = sign_and_publish(author, publisher, make(place, author, number), "100")
    took = {}
    end = begun + fleet.PATIENCE
    while len(took) < len(agents) and time.monotonic() < end:
        for agent in agents:
            if agent not in took and is_there(agent, published):
                took[agent] = (time.monotonic() - begun) * 1000
        time.sleep(0.002)
    assert len(took) == len(agents), "a policy did not arrive"
    time.sleep(1)  # each costs an endpoint two or three messages, and the console bounds how many come how fast
    return list(took.values())


def lose_a_console(place, author, publisher, agents, number):
    """The one with the most endpoints but that which people speak to: these go to the others, and miss nothing."""
    served = place.served()
    victim = max(range(1, len(served)), key=lambda i: served[i])
    place.consoles[victim].kill()
    took = push(place, author, publisher, agents, number)
    print("calls of endpoints by console: %s; one killed: the next policy is in force everywhere after %.0f ms" %
          (" ".join(map(str, served)), max(took)))


def envelope_of(place, version):
    status, answer = place.api("GET", "/api/v1/policy/versions/" + version)
    assert status == 200, answer
    return bytes.fromhex(answer["version"]["envelope"])


def refuse_envelopes(place, author, agent, first):
    """At the endpoint, whatever the console or weir-sync would do."""
    before = agent.status()["policy"]
    half = make(place, author, 1000)
    author.weirctl("policy", "sign", half, "--key", author.key, "--yes")
    old = envelope_of(place, first)
    wrong = bytearray(old)
    wrong[-70] ^= 1
    for envelope, why in ((old, "is not above"), (envelope_of(place, half), "fewer than 2"), (bytes(wrong), "fewer than 2"),
                          (b"nonsense", "no signed policy")):
        now = agent.bring(envelope)
        assert why in now["refused"], (why, now)
        assert (now["revision"], now["origin"], now["name"]) == (before["revision"], "signed", before["name"]), now


def guard_cache(place, agents, version):
    """nginx keeps the policy, and yet gives it to nobody whom the console would refuse."""
    trusted, other = agents[:2]
    path = "/v1/policy/" + hashlib.sha256(envelope_of(place, version)).hexdigest()

    def fetch(agent):
        return fleet.ask(agent, fleet.Call(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()))[0]

    assert [fetch(agent) for agent in (trusted, other, trusted)] == [200, 200, 200]
    assert place.from_cache(path) >= 2, "not from the cache"
    starts = [secrets.randbits(31) << 32 for _ in range(2)]
    statuses = fleet.ask(other, *(fleet.Call(fleet.post("/v1/opamp", other.message(sequence=start + turn)))
                                  for turn in range(4) for start in starts))
    assert statuses[-1] == 403, statuses
    assert [fetch(agent) for agent in (other, trusted)] == [403, 200]
    status, answer = place.api("POST", f"/api/v1/endpoints/{other.name()}/revoke", {"reason": "stolen"})
    assert status == 200, answer
    assert [fetch(agent) for agent in (other, trusted)] == [401, 200]
    assert place.from_cache(path) >= 4, "not from the cache"


def halt(place, author, publisher):
    """A version that every endpoint refuses, to half of them: the roll-out ends by itself."""
    for _ in range(20):
        _, published = sign_and_publish(author, publisher, make(place, author, 2000, "--min-agent", "99.0.0"), "50")
        version = str(published["id"])

        def progress(version=version):
            return publisher.version("policy", "show", version)

        end = time.monotonic() + 15
        while time.monotonic() < end and progress()["progress"]["failed"] == 0:
            time.sleep(0.2)
        if progress()["progress"]["failed"] > 0:
            until("the halt", lambda: progress()["rollout"] == "halted")
            assert "refused it" in progress()["reason"], progress()
            return
    raise AssertionError("no endpoint was ever in the ring")


def main():
    if os.geteuid() != 0:
        print("network namespaces need root")
        return 77
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # nothing of it stays
    parser = argparse.ArgumentParser()
    parser.add_argument("--pushes", type=int, default=5)
    parser.add_argument("--consoles", type=int, default=3)
    options = parser.parse_args()
    with fleet.Place() as place:
        os.chmod(place.folder, 0o755)
        place.folder_of("state")
        place.start_console(options.consoles - 1)
        place.start_nginx()
        author, publisher, keys = introduce(place)
        agents = [Agent(place, number, keys) for number in (1, 2, 3)]
        fleet.come_in(place, agents)
        for agent in agents:
            agent.start_agent()
            assert agent.status()["policy"]["origin"] == "empty"
            agent.start()
        until("heartbeats of all", lambda: all(row["last_seen_time"] for row in place.endpoints().values()))
        first = make(place, author, 0)
        refuse_people(author, publisher, first)
        published = publisher.version("policy", "publish", first, "--ring", "100")
        until("the first policy", lambda: all(is_there(agent, published) for agent in agents))
        now = agents[0].status()["policy"]
        assert (now["origin"], now["revision"], now["name"], now["expired"]) == ("signed", 1, "push-0", False), now
        until("their word", lambda: publisher.version("policy", "show", first)["progress"]["applied"] == 3)
        took = sorted(ms for n in range(options.pushes) for ms in push(place, author, publisher, agents, n + 1))
        if options.consoles > 1:
            lose_a_console(place, author, publisher, agents, options.pushes + 1)
        refuse_envelopes(place, author, agents[0], first)
        halt(place, author, publisher)
        guard_cache(place, agents, first)
        print("%d pushes to 3 agents: median %.0f ms, p99 %.0f ms, longest %.0f ms" %
              (options.pushes, took[len(took) // 2], took[len(took) * 99 // 100], took[-1]))
        return 0


if __name__ == "__main__":
    sys.exit(main())
