#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The description of the calls against the console that serves it: openapi.py BIN DATA

The same calls as in the console's own table and in tests/data/console/calls.txt, and real answers of (nearly) every call as its schema says,
to the last member: a member that is not described is a failure here, though clients must put up with it."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import jsonschema

BIN, DATA = sys.argv[1:]
CONSOLE = os.path.join(BIN, "weir-console")
WAIT_S = 60
PASSWORD = "correct horse battery"
SOURCE = """apiVersion: weir/v1
kind: Policy
metadata: {name: test}
classes: {id: {level: C2, detectors: [cn_resident_id]}}
groups: {friends: {hosts: ['192.0.2.9']}}
rules: [{id: stick, channel: removable, content: {class: id, distinct: '>=%d'}, action: %s}]
"""

# Answers that need an endpoint's certificate, signatures of two people, a reviewer or a provider: other tests make them.
NOT_TRIED = {
    "POST /api/v1/policy/versions/{id}/again", "POST /api/v1/policy/versions/{id}/sign",
    "POST /api/v1/policy/versions/{id}/publish", "POST /api/v1/policy/versions/{id}/promote",
    "POST /api/v1/policy/versions/{id}/halt", "POST /api/v1/endpoints/{id}/approve",
    "POST /api/v1/endpoints/{id}/revoke", "POST /api/v1/evidence/requests",
    "GET /api/v1/evidence/requests/{id}", "POST /api/v1/evidence/requests/{id}/approve",
    "POST /api/v1/evidence/requests/{id}/deny", "GET /api/v1/evidence/requests/{id}/content",
    "GET /api/v1/audit/key",
}


def check(ok, what):
    if not ok:
        sys.exit("FAILED: " + what)


def lines(text):
    """METHOD PATH and what stands behind them."""
    rows = (line.split(" ", 2) for line in text.splitlines() if line and not line.startswith("#"))
    return {(method, path): rest for method, path, rest in rows}


# weir.v1 by hand, as far as a batch of events needs it.
def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(sequence, time_ns):
    process = field(1, 4711) + field(4, "cp") + field(9, "li.na") + field(6, 1000)
    file = field(1, "/home/li/list.csv") + field(2, 10)
    device = field(1, "usb") + field(6, "SYN-0001")
    count = field(1, "cn_resident_id") + field(2, 20)
    finding = field(1, "cn_resident_id") + field(2, 90) + field(5, "11****1X")
    return b"".join((field(1, sequence), field(2, time_ns), field(3, 2), field(4, 4), field(5, "write"), field(6, "stick"),
                     field(8, "id"), field(9, "content"), field(10, "lsm/file_permission"), field(11, 1), field(13, process),
                     field(14, file), field(15, device), field(17, count), field(18, finding), field(27, 1)))


def batch(n):
    now = time.time_ns()
    return b"".join([field(1, 1), field(2, b"\x01" * 16), field(3, 1), field(4, 1)] +
                    [field(5, event(i + 1, now - i * 10**9)) for i in range(n)] + [field(7, "ws-1"), field(8, "0.1.0")])


class Console:
    def __init__(self, folder):
        self.folder = folder
        port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", CONSOLE, "--state", os.path.join(folder, "state"), "--socket",
             os.path.join(folder, "socket"), "--dev", "0", "--port-file", port_file, "--log-level", "warning"])
        end = time.monotonic() + WAIT_S
        while not os.path.exists(port_file) or not os.path.getsize(port_file):
            check(self.process.poll() is None, "the console ended")
            check(time.monotonic() < end, "the console is not there after %d s" % WAIT_S)
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        with open(os.path.join(folder, "state", "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def call(self, method, path, body=None, token=None, kind="application/json"):
        """Status, type and bytes of the answer. token "": nobody."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        headers = {"Content-Type": kind} if body is not None else {}
        token = self.token if token is None else token
        if token:
            headers["Authorization"] = "Bearer " + token
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        connection.request(method, path, body=data, headers=headers)
        answer = connection.getresponse()
        out = answer.status, (answer.getheader("Content-Type") or "").split(";")[0], answer.read()
        connection.close()
        return out


def close(schema):
    """The same schema, in which nothing is allowed that it does not name."""
    if isinstance(schema, list):
        return [close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(value) for name, value in schema.items()}
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


class Description:
    def __init__(self, document):
        self.document = document
        self.schemas = close(document["components"]["schemas"])
        # Members are named by calls, too: their names are no keywords.
        self.tried = set()

    def validate(self, name, value, what):
        root = {"$ref": "#/components/schemas/" + name, "components": {"schemas": self.schemas}}
        errors = sorted(jsonschema.Draft202012Validator(root).iter_errors(value), key=str)
        for error in errors[:5]:
            print("%s: %s at %s" % (what, error.message[:300], "/".join(map(str, error.absolute_path))))
        check(not errors, "%s is not as described (%s)" % (what, name))

    def operation(self, method, path):
        paths = self.document["paths"]
        # /alerts/assign is no alert's id
        for pattern in [path] + [p for p in paths if re.fullmatch(re.escape(p).replace(r"\{id\}", "[^/]+"), path)]:
            if method.lower() in paths.get(pattern, {}):
                return pattern, paths[pattern][method.lower()]
        sys.exit("FAILED: %s %s is not described" % (method, path))

    def answer(self, console, method, path, body=None, token=None):
        """Calls it and compares; the parsed answer."""
        pattern, operation = self.operation(method, path.split("?")[0])
        if isinstance(body, dict) and "requestBody" in operation:
            self.validate(operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1], body,
                          "the body of %s %s" % (method, path))
        status, kind, data = console.call(method, path, body, token)
        what = "%s %s" % (method, path)
        check(str(status) in operation["responses"], "%s: %d %s" % (what, status, data[:300]))
        content = operation["responses"][str(status)]["content"]
        check(kind in content, "%s: %s is not described" % (what, kind))
        self.tried.add("%s %s" % (method, pattern))
        if kind != "application/json" or "schema" not in content[kind]:
            return data
        value = json.loads(data)
        self.validate(content[kind]["schema"]["$ref"].split("/")[-1], value, what)
        return value


def compare_tables(document):
    has = lines(subprocess.run([CONSOLE, "routes"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    with open(os.path.join(DATA, "console", "calls.txt"), encoding="utf-8") as file:
        expected = lines(file.read())
    described = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            described[method.upper(), path.replace("{id}", "*")] = operation
    check(set(described) == set(has), "not in both: %s" % sorted(set(described) ^ set(has)))
    check(set(described) == set(expected), "not in calls.txt and described: %s" % sorted(set(described) ^ set(expected)))
    for key, operation in described.items():
        whole = operation["x-weir-whole-fleet"]
        check(operation["x-weir-permission"] + whole * " whole-fleet" == has[key], "the permission of %s %s" % key)
        check(whole == expected[key].startswith("whole-fleet "), "who may call %s %s, of those with groups" % key)
        public = operation.get("security") == []
        check(public == (has[key] == "public") == (expected[key] == "public"), "who may call %s %s" % key)
        check(("{id}" in key[1].replace("*", "{id}")) ==
              ({"$ref": "#/components/parameters/id"} in operation["parameters"]), "the path of %s %s" % key)
    ids = [operation["operationId"] for operation in described.values()]
    check(len(set(ids)) == len(ids) > 60, "operation ids")


def references(value):
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)


def check_document(document):
    check(document["openapi"] == "3.1.0" and document["info"]["version"], "no OpenAPI 3.1")
    used = set(references(document))
    for reference in used:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            check(part in node, reference + " leads nowhere")
            node = node[part]
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        check("#/components/schemas/" + name in used, "nothing uses the schema " + name)


def refusals(description, console):
    """Errors have one shape, whoever refuses: the gate, the path, a query, a body, a module."""
    for path, item in description.document["paths"].items():
        for method, operation in item.items():
            if operation.get("security") == []:
                continue
            status, kind, data = console.call(method.upper(), path.replace("{id}", "0"), token="")
            check((status, kind) == (401, "application/json"), "%s %s for nobody: %d" % (method, path, status))
            description.validate("Error", json.loads(data), "401 of %s %s" % (method, path))
    for method, path, body, wanted in (("GET", "/api/v1/nothing", None, 404), ("GET", "/api/v1/events?x=1", None, 400),
                                       ("GET", "/api/v1/policy/versions/99", None, 404),
                                       ("POST", "/api/v1/policy/versions", {"source": "nonsense"}, 400),
                                       ("POST", "/api/v1/policy/versions", {"more": 1}, 400),
                                       ("POST", "/api/v1/policy/versions/1/simulate", {"days": 0}, 400)):
        status, _, data = console.call(method, path, body)
        check(status == wanted, "%s %s: %d, not %d" % (method, path, status, wanted))
        description.validate("Error", json.loads(data), "%s %s" % (method, path))


def parameters(description, console):
    """Each is known to its call, and one that is not described is not."""
    for path, item in description.document["paths"].items():
        for method, operation in item.items():
            if not path.startswith("/api/v1/") or "{id}" in path or method != "get" or "oidc" in path or path.endswith("key"):
                continue
            for parameter in operation["parameters"]:
                name = parameter["$ref"].split("/")[-1]
                _, _, data = console.call("GET", "%s?%s=zz" % (path, name))
                check(b"unknown parameter" not in data and b"takes no parameters" not in data,
                      "%s does not know %s" % (path, name))
            status, _, data = console.call("GET", path + "?nonsense=zz")
            check(status == 400 or path.endswith(("whoami", "roles", "openapi.json")), "%s takes nonsense" % path)


def people(get, console):
    get("GET", "/healthz")
    user = get("POST", "/api/v1/users", {"name": "ann.author", "roles": ["policy_author"], "password": PASSWORD, "totp": True,
                                          "every_group": True})
    number = user["user"]["id"]
    get("GET", "/api/v1/users/%d" % number)
    get("GET", "/api/v1/users?limit=1")
    get("POST", "/api/v1/users/%d" % number, {"totp": False, "display": "Ann"})
    get("POST", "/api/v1/users", {"name": "bob.senior", "roles": ["senior"], "password": PASSWORD})
    token = get("POST", "/api/v1/login", {"name": "ann.author", "password": PASSWORD, "bearer": True}, token="")["token"]
    get("GET", "/api/v1/whoami", token=token)
    get("GET", "/api/v1/roles", token=token)
    made = get("POST", "/api/v1/tokens", {"name": "t", "permissions": ["policy.read"], "expires_in": 60}, token=token)
    get("GET", "/api/v1/tokens", token=token)
    get("DELETE", "/api/v1/tokens/%d" % made["token"]["id"], token=token)
    get("POST", "/api/v1/password", {"old": PASSWORD, "password": PASSWORD + " two"}, token=token)
    get("POST", "/api/v1/login", {"name": "bob.senior", "password": PASSWORD}, token="")
    senior = get("POST", "/api/v1/login", {"name": "bob.senior", "password": PASSWORD, "bearer": True}, token="")["token"]
    for path in ("/api/v1/audit", "/api/v1/audit?order=oldest&limit=2", "/api/v1/audit/heads"):
        get("GET", path)
    return token, senior


def policy(get, author, senior):
    for n, action in ((5, "block"), (4, "audit")):
        get("POST", "/api/v1/policy/versions", {"source": SOURCE % (n, action), "note": "n", "days": 30}, token=author)
    get("GET", "/api/v1/policy/versions?limit=1")
    get("GET", "/api/v1/policy/versions/1")
    diff = get("GET", "/api/v1/policy/versions/1/diff?with=2")["diff"]
    check([change["field"] for change in diff["changes"]] == ["content.distinct", "action"], "a diff: %s" % diff)
    check(diff["looser"] == 1 and diff["unknown"] == 1, "what a diff says of it")
    diff = get("POST", "/api/v1/policy/versions/1/diff", {"source": SOURCE % (5, "warn")})["diff"]
    check(diff["after"] is None and diff["looser"] == 1, "a diff with a text")
    whole = get("POST", "/api/v1/policy/versions/2/simulate", {"days": 1})["simulation"]["changes"][2]
    check(whole["events"] == 3 and len(whole["sample"]) == 3 and whole["by_person"] == [{"person": "li.na", "events": 3}],
          "a simulation: %s" % whole)
    # who reads no events gets numbers alone
    for change in get("POST", "/api/v1/policy/versions/2/simulate", {}, token=author)["simulation"]["changes"]:
        check(not {"by_person", "by_endpoint", "sample"} & set(change), "an author is told names: %s" % change)
        check(change["persons"] == (1 if change["change"] == "no_longer_blocked" else 0), "an author is told numbers")
    # and who sees no endpoints gets none
    check(get("POST", "/api/v1/policy/versions/2/simulate", {}, token=senior)["simulation"]["events"] == 0, "events of no group")
    pem = subprocess.run("openssl genpkey -algorithm ed25519 | openssl pkey -pubout", shell=True, stdout=subprocess.PIPE,
                         text=True, check=True).stdout
    key = get("POST", "/api/v1/policy/keys", {"pem": pem}, token=author)["key"]["id"]
    get("GET", "/api/v1/policy/keys")
    get("POST", "/api/v1/policy/keys/%d/approve" % key)
    get("POST", "/api/v1/policy/keys/%d/revoke" % key)
    get("POST", "/api/v1/policy/versions/2/withdraw")
    now = time.time_ns()
    for verb in ("approve", "refuse"):
        number = get("POST", "/api/v1/register/entries", {
            "recipient": "friends", "classes": ["id"], "purpose": "p", "agreement": "a", "channel": "network", "to": "friends",
            "from_ns": now, "until_ns": now + 10 * 86400 * 10**9})["entry"]["id"]
        get("POST", "/api/v1/register/entries/%d/%s" % (number, verb), token=senior)
    get("POST", "/api/v1/register/entries/1/end")
    get("GET", "/api/v1/register/entries")
    get("GET", "/api/v1/register/entries/1")


def triage(get):
    events = get("GET", "/api/v1/events?limit=2")["events"]
    check(len(events) == 2, "events of the batch")
    get("GET", "/api/v1/events/" + events[0]["id"])
    get("GET", "/api/v1/agents")
    alert = get("GET", "/api/v1/alerts?state=open")["alerts"][0]["id"]
    for verb, more in (("assign", {"assignee": "li.na"}), ("comment", {"text": "seen"}),
                       ("close", {"verdict": "test", "text": "made up"}), ("reopen", {"text": "again"}),
                       ("suppress", {"until": "24h", "text": "quiet"})):
        get("POST", "/api/v1/alerts/" + verb, {"alerts": [alert], **more})
    get("GET", "/api/v1/alerts/" + alert)


def reports(get):
    for name in (row["name"] for row in get("GET", "/api/v1/reports")["reports"]):
        get("GET", "/api/v1/reports/" + name)
    get("GET", "/api/v1/reports/incidents?form=html")
    get("POST", "/api/v1/reports/marks", {"text": "sticks are refused"})
    get("POST", "/api/v1/reports/training", {"person": "li.na", "course": "c"})
    get("POST", "/api/v1/reports/days", {"date": "2026-10-01", "working": False, "text": "National Day"})
    number = get("POST", "/api/v1/reports/incidents", {"title": "t", "level": "larger"})["id"]
    incident = "/api/v1/reports/incidents/%d" % number
    get("POST", incident + "/statements", {"item": "cause", "text": "a lost stick"})
    get("POST", incident + "/alerts", {"alerts": [get("GET", "/api/v1/alerts")["alerts"][0]["id"]]})
    get("POST", incident + "/notices", {"notice": "first", "to": "the local office"})
    for notice in ("first", "cyberspace", "written", "progress", "closing", "authority", "persons"):
        get("GET", incident + "/draft?notice=" + notice)
    get("GET", incident + "/draft?notice=persons&form=html&lang=zh")
    get("GET", incident + "/draft?notice=persons&form=text&lang=zh")
    get("POST", incident + "/close", {"reason": "handled"})
    get("GET", incident)


def fleet(get, console):
    get("GET", "/v1/ca")
    get("GET", "/metrics")
    get("GET", "/api/v1/endpoints")
    made = get("POST", "/api/v1/enrollment-tokens", {"group": "branch", "max_uses": 2, "ttl_s": 60})["enrollment_token"]
    get("GET", "/api/v1/enrollment-tokens")
    get("DELETE", "/api/v1/enrollment-tokens/" + made["id"])
    get("POST", "/api/v1/sinks", {"name": "files", "kind": "file"})
    get("POST", "/api/v1/sinks/files/test")
    get("GET", "/api/v1/sinks")
    get("DELETE", "/api/v1/sinks/files")
    get("GET", "/api/v1/evidence/requests")


def run(console):
    status, _, data = console.call("GET", "/api/v1/openapi.json")
    check(status == 200, "the description: %d" % status)
    description = Description(json.loads(data))

    def get(*args, **kwargs):
        return description.answer(console, *args, **kwargs)

    compare_tables(description.document)
    check_document(description.document)
    status, _, data = console.call("POST", "/v1/events", batch(3), kind="application/x-protobuf")
    check(status == 200, "the events: %d %s" % (status, data))
    get("GET", "/api/v1/openapi.json")
    author, senior = people(get, console)
    policy(get, author, senior)
    triage(get)
    reports(get)
    fleet(get, console)
    refusals(description, console)
    parameters(description, console)
    get("POST", "/api/v1/logout", token=senior)
    left = {"%s %s" % (method.upper(), path) for path, item in description.document["paths"].items()
            for method, operation in item.items()
            if any("application/json" in answer.get("content", {}) for status, answer in operation["responses"].items()
                   if status != "default")} - description.tried
    check(left <= NOT_TRIED, "no answer of %s was seen" % sorted(left - NOT_TRIED))


def main():
    folder = tempfile.mkdtemp(prefix="weir-openapi-")
    console = None
    try:
        console = Console(folder)
        run(console)
    finally:
        if console:
            console.process.terminate()
            console.process.wait(WAIT_S)
        shutil.rmtree(folder)


main()
