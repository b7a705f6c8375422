#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A console behind nginx, and three endpoints, each in a network namespace of its own: they come in by a token, are known by
their certificates from then on, and whatever somebody else makes up is refused. Everything runs without privileges."""

import base64
import glob
import hashlib
import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(TREE, "build", "dev", "bin")
NOBODY = 65534
SERVER = "10.231.0.1"
AGENTS, ENROLL, CONSOLE = 8443, 8444, 8445
PATIENCE = 90  # seconds that anything may take on a busy machine


def run(*command, check=True, **more):
    return subprocess.run(command, check=check, stdin=more.pop("stdin", subprocess.DEVNULL), capture_output=True, text=True, **more)


def until(what, test):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain: {what}")


class Postgres:
    """A PostgreSQL server in a folder of the test's own: a Unix socket in it, no port."""

    BIN = "/usr/lib/postgresql/15/bin"

    def __init__(self, children):
        self.folder = tempfile.mkdtemp(prefix="weir-pg-")
        shutil.chown(self.folder, "postgres", "postgres")
        os.chmod(self.folder, 0o755)
        data = os.path.join(self.folder, "data")
        run(*self.command("initdb", "-D", data, "-U", "weir", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"), cwd="/")
        children.append(subprocess.Popen(self.command("postgres", "-D", data, "-k", self.folder, "-c", "listen_addresses=", "-c",
                                                      "max_connections=80"), cwd="/", stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        until("PostgreSQL", lambda: run(os.path.join(self.BIN, "pg_isready"), "-h", self.folder, check=False).returncode == 0)
        self.database = f"postgresql:host={self.folder} user=weir dbname=postgres"

    def command(self, program, *arguments):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=QUIT",
                os.path.join(self.BIN, program), *arguments]

    def done(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Place:
    """The namespaces, the console (or several, on one PostgreSQL) and nginx."""

    def __init__(self):
        self.consoles = []
        self.postgres = None
        self.folder = tempfile.mkdtemp(prefix="weir-fleet-")
        self.spaces = []
        self.children = []
        os.chown(self.folder, NOBODY, NOBODY)
        for name in ("weir-console", "weir-sync", "weirctl"):
            shutil.copy(os.path.join(BIN, name), self.path(name))
        self.server = self.space("s")
        run("ip", "-n", self.server, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.server, "addr", "add", f"{SERVER}/24", "dev", "br0")
        run("ip", "-n", self.server, "link", "set", "br0", "up")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        """Nothing of it stays; what went wrong is told with the logs."""
        try:
            if kind:
                self.tell_logs()
        finally:
            self.done()

    def tell_logs(self):
        for path in sorted(glob.glob(self.path("*.log")) + glob.glob(self.path("*", "agent.log"))):
            with open(path, encoding="utf-8", errors="replace") as file:
                print(f"--- {path}\n{file.read()[-3000:]}", file=sys.stderr)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def space(self, name):
        space = f"weir-{os.getpid()}-{name}"
        run("ip", "netns", "add", space)
        self.spaces.append(space)
        # ip netns exec puts it in the place of the machine's own.
        os.makedirs(f"/etc/netns/{space}")
        with open(f"/etc/netns/{space}/machine-id", "w", encoding="ascii") as file:
            file.write(secrets.token_hex(16) + "\n")
        run("ip", "-n", space, "link", "set", "lo", "up")
        return space

    def endpoint_space(self, number):
        space = self.space(f"a{number}")
        run("ip", "link", "add", f"v{number}", "netns", self.server, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "-n", self.server, "link", "set", f"v{number}", "master", "br0", "up")
        run("ip", "-n", space, "addr", "add", f"10.231.0.{number + 1}/24", "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        return space

    def command(self, space, *command):
        return ["ip", "netns", "exec", space, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]

    def start(self, space, *command):
        log = open(self.path(os.path.basename(command[0]) + ".log"), "ab")
        child = subprocess.Popen(self.command(space, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.children.append(child)
        return child

    def folder_of(self, *names):
        path = self.path(*names)
        os.mkdir(path, 0o700)
        os.chown(path, NOBODY, NOBODY)
        return path

    def add_console(self, suffix="", database=None):
        """In state and socket with the suffix; the first one, without, is what people speak to."""
        options = ("--database", database) if database else ()
        self.consoles.append(self.start(self.server, self.path("weir-console"), "--state", self.path("state" + suffix), "--socket",
                                        self.path("socket" + suffix), "--dev", "0", "--server-names", SERVER, "--heartbeat", "5",
                                        *options))
        until("the console", lambda: os.path.exists(self.path("state" + suffix, "token"))
              and self.api("GET", "/healthz", socket_path=self.path("socket" + suffix))[0] == 200)

    def start_console(self, others=0):
        """With others: so many beside it, which share PostgreSQL and the authority."""
        if others:
            self.postgres = Postgres(self.children)
        database = self.postgres.database if self.postgres else None
        self.add_console("", database)
        for number in range(2, 2 + others):
            folder = self.folder_of(f"state{number}")
            for name in ("ca.key", "ca.pem"):
                shutil.copy2(self.path("state", name), folder)
                os.chown(os.path.join(folder, name), NOBODY, NOBODY)
            self.add_console(str(number), database)
        with open(self.path("state", "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def sockets(self):
        return [self.path("socket" + (str(number) if number > 1 else "")) for number in range(1, 1 + len(self.consoles))]

    def start_nginx(self):
        with open(os.path.join(TREE, "packaging", "nginx", "weir.conf"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("\tserver unix:@SOCKET@;\n", "".join(f"\tserver unix:{path};\n" for path in self.sockets()))
        values = {"AGENTS": f"{SERVER}:{AGENTS}", "ENROLL": f"{SERVER}:{ENROLL}", "CONSOLE": f"{SERVER}:{CONSOLE}",
                  "STATE": self.path("state"), "CACHE": self.folder_of("cache")}
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        temporary = "".join(f"{kind}_temp_path {self.path('tmp-' + kind)};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"daemon off;\nworker_processes 1;\npid {self.path('nginx.pid')};\n"
                       f"events {{ worker_connections 512; }}\n"
                       f"http {{\nlog_format served '$upstream_addr $upstream_cache_status $request_uri';\n"
                       f"access_log {self.path('access.log')} served;\n{temporary}{text}}}\n")
        self.nginx = self.start(self.server, shutil.which("nginx") or "/usr/sbin/nginx", "-e", self.path("error.log"), "-c",
                                self.path("nginx.conf"))
        until("nginx", lambda: os.path.exists(self.path("nginx.pid")))

    def served(self):
        """How many calls of endpoints each console has answered, in their order."""
        with open(self.path("access.log"), encoding="ascii", errors="replace") as file:
            by = [line.split(" ", 1)[0] for line in file if line.rstrip().endswith("/v1/opamp")]
        return [by.count("unix:" + path) for path in self.sockets()]

    def from_cache(self, path):
        """How often nginx answered this without asking a console for it."""
        with open(self.path("access.log"), encoding="ascii", errors="replace") as file:
            return sum(line.rstrip().endswith(" HIT " + path) for line in file)

    def api(self, method, target, body=None, token=None, socket_path=None):
        """(status, JSON) of a person's call, over the console's own socket."""
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(PATIENCE)
            connection.sock.connect(socket_path or self.path("socket"))
            headers = {"Authorization": f"Bearer {token or getattr(self, 'token', '')}"}
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data[:1] == b"{" else data
        except OSError:
            return 0, None
        finally:
            connection.close()

    def weirctl(self, *arguments):
        """What weirctl prints as JSON, for whoever has the console's folder."""
        return json.loads(run(self.path("weirctl"), *arguments, "--console", f"unix:{self.path('socket')}", "--token-file",
                              self.path("state", "token"), "--output", "json").stdout)

    def make_token(self, uses, ttl=3600):
        return self.weirctl("enrollment", "add", "--group", "branch", "--uses", str(uses), "--ttl", f"{ttl}s",
                            "--yes")["enrollment_token"]["token"]

    def endpoints(self):
        return {row["agent_uid"]: row for row in self.weirctl("endpoint", "ls")["endpoints"]}

    def done(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self.postgres:
            self.postgres.done()
        for space in self.spaces:
            run("ip", "netns", "del", space, check=False)
            shutil.rmtree(f"/etc/netns/{space}", ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Endpoint:
    def __init__(self, place, number):
        self.place = place
        self.folder = place.folder_of(f"a{number}")
        self.identity = os.path.join(self.folder, "identity")
        self.uid = secrets.token_bytes(16)
        self.sequence = secrets.randbits(31) << 32
        self.space = place.endpoint_space(number)
        with open(os.path.join(self.folder, "uid"), "wb") as file:
            file.write(self.uid)
        os.chmod(os.path.join(self.folder, "uid"), 0o644)
        os.mkdir(os.path.join(self.folder, "inbox"))

    def name(self):
        text = self.uid.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def options(self, port):
        return ("--console", f"https://{SERVER}:{port}", "--identity", self.identity, "--agent-uid-file",
                os.path.join(self.folder, "uid"), "--spool", os.path.join(self.folder, "spool"), "--state", self.folder)

    def enroll(self, token):
        return subprocess.run(self.place.command(self.space, self.place.path("weir-sync"), "enroll", "--token-file", "-",
                                                 *self.options(ENROLL)),
                              input=token, capture_output=True, text=True, check=False, timeout=PATIENCE)

    def start(self):
        return self.place.start(self.space, self.place.path("weir-sync"), *self.options(AGENTS))

    def message(self, uid=None, sequence=None):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return b"\x0a\x10" + (uid or self.uid) + b"\x10" + varint(sequence)


def varint(number):
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


CLIENT = r"""
import base64, concurrent.futures, json, socket, ssl, sys
host, wait, parallel = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
ca, calls = json.load(sys.stdin)

def ask(call):
    port, client, data = call
    answer = b""
    try:
        context = ssl.create_default_context(cafile=ca)
        if client:
            context.load_cert_chain(client)
        with context.wrap_socket(socket.create_connection((host, port), timeout=wait), server_hostname=host) as tls:
            tls.sendall(base64.b64decode(data))
            while piece := tls.recv(65536):
                answer += piece
    except (ssl.SSLError, ConnectionError) as error:
        answer = answer or b"HTTP/1.1 000 " + type(error).__name__.encode()
    except socket.timeout:
        answer = answer or b"HTTP/1.1 999 timeout"
    return base64.b64encode(answer or b"HTTP/1.1 000 closed").decode()

with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
    json.dump(list(pool.map(ask, calls)), sys.stdout)
"""


class Call:
    """Bytes that go by TLS from the endpoint's namespace, with its certificate, another one, or none ("-")."""

    def __init__(self, data, port=AGENTS, client=None):
        self.data, self.port, self.client = data, port, client

    def plain(self, endpoint):
        client = self.client or os.path.join(endpoint.identity, "client.pem")
        return self.port, None if client == "-" else client, base64.b64encode(self.data).decode()


def begin(endpoint, calls, parallel=1):
    """Starts the calls, one after the other unless they are to be made in parallel; a function that waits for the answers."""
    place = endpoint.place
    child = subprocess.Popen(place.command(endpoint.space, sys.executable, "-c", CLIENT, SERVER, str(PATIENCE), str(parallel)),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdin.write(json.dumps((place.path("state", "ca.pem"), [call.plain(endpoint) for call in calls])).encode())
    child.stdin.close()

    def answers():
        text = child.stdout.read()
        error = child.stderr.read()
        assert child.wait() == 0, error
        return [base64.b64decode(answer) for answer in json.loads(text)]

    return answers


def status_of(answer):
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer[9:12])


def ask(endpoint, *calls, parallel=1):
    return [status_of(answer) for answer in begin(endpoint, calls, parallel)()]


def send(method, path, body, kind, *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: console", "Connection: close", f"Content-Type: {kind}",
             f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(path, body, *headers):
    return send("POST", path, body, "application/x-protobuf", *headers)


def beat(endpoint, *headers, **more):
    return Call(post("/v1/opamp", endpoint.message(), *headers), **more)


def come_in(place, endpoints):
    token = place.make_token(3)
    for endpoint in endpoints:
        result = endpoint.enroll(token)
        assert result.returncode == 0, result.stderr
        assert token not in result.stderr + result.stdout
        mode = os.stat(os.path.join(endpoint.identity, "client.pem")).st_mode & 0o777
        assert mode == 0o600, oct(mode)
    rows = place.endpoints()
    assert set(rows) == {endpoint.name() for endpoint in endpoints}
    return token


def refuse_tokens(place, used_up):
    stranger = Endpoint(place, 4)
    pin = used_up.split(".")[2]
    short = place.make_token(1, ttl=1)
    time.sleep(1.1)
    cases = {
        used_up: "used up",
        short: "used up, past its time",
        f"weir-enroll.{'0' * 64}.{pin}": "refuses the token",
        f"weir-enroll.{'0' * 64}.{'0' * 64}": "not the console that made this token",
        "hello": "no enrolment token",
    }
    for token, words in cases.items():
        result = stranger.enroll(token)
        assert result.returncode == 1 and words in result.stderr, (words, result.stderr)
        assert not os.path.exists(os.path.join(stranger.identity, "client.pem"))
    assert len(place.endpoints()) == 3
    return stranger


def beat_through(place, endpoints):
    started = [endpoint.start() for endpoint in endpoints]
    until("heartbeats of all", lambda: all(row["last_seen_time"] and row["host_name"] for row in place.endpoints().values()))
    for child in started:
        child.terminate()
        assert child.wait(PATIENCE) == 0


def know_each(first, second):
    """What a certificate allows, and what it does not."""
    with open(os.path.join(second.identity, "client.pem"), encoding="ascii") as file:
        lines = run("openssl", "x509", "-noout", "-serial", "-subject", "-nameopt", "RFC2253", stdin=file).stdout.split("\n")
    serial, name = lines[0].split("=", 1)[1], lines[1].split("=", 1)[1].strip()
    forged = (f"X-Client-Serial: {serial}", f"X-Client-DN: {name}", "X-Client-Verify: SUCCESS")
    batch = b"\x08\x01\x12\x10" + second.uid + b"\x18\x01"
    wanted = [
        (200, beat(first)),
        (403, Call(post("/v1/opamp", first.message(uid=second.uid)))),
        (403, Call(post("/v1/opamp", second.message(), *forged))),
        (403, Call(post("/v1/events", batch, *forged))),
        (401, Call(post("/v1/enroll", b"x", *forged), ENROLL, "-")),
        (401, Call(post("/api/v1/enrollment-tokens", b"{}", *forged), CONSOLE, "-")),
        (404, Call(b"GET /api/v1/endpoints HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
        (400, beat(first, client="-")),
    ]
    for port in (ENROLL, CONSOLE):
        wanted.append((404, Call(post("/v1/opamp", second.message(), *forged), port, "-")))
        wanted.append((404, Call(post("/v1/events", batch, *forged), port, "-")))
    assert ask(first, *(call for _, call in wanted)) == [status for status, _ in wanted]


def take_evidence(place, endpoint):
    """What any tool for CMS seals to a reviewer's certificate, with SHA-256 as we do, comes through nginx, and nothing larger than it may be."""
    with open(place.path("reviewer.pem"), "w", encoding="ascii") as file:
        file.write(run(place.path("weirctl"), "evidence", "key", "make", place.path("reviewer.key")).stdout)
    sealed = subprocess.run(("openssl", "cms", "-encrypt", "-binary", "-aes-256-gcm", "-keyid", "-outform", "DER", "-recip",
                             place.path("reviewer.pem"), "-keyopt", "ecdh_kdf_md:sha256"), input=b"content", capture_output=True,
                            check=True, timeout=PATIENCE).stdout
    opened = subprocess.run(("openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", place.path("reviewer.key"), "-recip",
                             place.path("reviewer.pem")), input=sealed, capture_output=True, check=True, timeout=PATIENCE).stdout
    assert opened == b"content", opened

    def put(body, digest=None, **more):
        return Call(send("PUT", f"/v1/evidence/{digest or hashlib.sha256(body).hexdigest()}", body, "application/cms"), **more)

    wanted = [
        (201, put(sealed)),
        (200, put(sealed)),
        (400, put(sealed, "0" * 64)),
        (400, put(b"content")),
        (413, Call(put(bytes(1040 * 1024 + 1)).data.split(b"\r\n\r\n")[0] + b"\r\n\r\n")),
        (400, put(sealed, client="-")),
        (404, put(sealed, port=ENROLL, client="-")),
        (404, put(sealed, port=CONSOLE, client="-")),
    ]
    assert ask(endpoint, *(call for _, call in wanted)) == [status for status, _ in wanted]


def refuse_others(place, endpoint):
    """A certificate of the right name, by an authority of somebody else."""
    folder = place.folder_of("other")
    key, pem, both = (os.path.join(folder, name) for name in ("key", "pem", "both"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem,
        "-days", "1", "-subj", f"/CN={endpoint.name()}")
    with open(both, "wb") as out:
        for path in (key, pem):
            with open(path, "rb") as file:
                out.write(file.read())
    os.chown(both, NOBODY, NOBODY)
    assert ask(endpoint, beat(endpoint, client=both))[0] in (0, 400)


def refuse_nonsense(endpoint):
    body = endpoint.message()
    head = "POST /v1/opamp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
    length = f"Content-Length: {len(body)}\r\n"
    cases = [(Call((head + more + "Connection: close\r\n\r\n").encode() + body), statuses) for more, statuses in (
        (length + "Transfer-Encoding: chunked\r\n", (400,)),
        (length + "Content-Length: 1\r\n", (400,)),
        (length + length, (400,)),
        ("Transfer-Encoding: gzip, chunked\r\n", (400, 501)),
        ("Transfer-Encoding: xchunked\r\n", (400, 501)),
        ("Content-Length: +5\r\n", (400,)),
        ("Content-Length: 5000000\r\n", (413,)),
        (length + "X-Long: " + "a" * 20000 + "\r\n", (400, 414, 431, 494)),
        (length + "X Client-Serial: 1\r\n", (400,)))]
    for path in ("/v1/../api/v1/endpoints", "/v1/policy/../../etc/passwd", "//v1/opamp/x", "/v1/policy/" + "a" * 64):
        cases.append((Call(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()), (400, 404)))
    cases.append((Call(post("/v1/opamp", b"\xff" * 100)), (400,)))
    # A client that says nothing more is not kept: 999 is one that was, all the time that this test has.
    cases.append((Call(b"POST /v1/enroll HTTP/1.1\r\nHost: x\r\n", ENROLL, "-"), (0, 408)))
    statuses = ask(endpoint, *(call for call, _ in cases), parallel=4)
    for (call, wanted), status in zip(cases, statuses):
        assert status in wanted, (call.data[:200], status)


def find_copy(place, endpoint):
    """Two programs with one identity."""
    starts = [secrets.randbits(31) << 32 for _ in range(2)]
    statuses = ask(endpoint, *(Call(post("/v1/opamp", endpoint.message(sequence=start + turn)))
                               for turn in range(4) for start in starts),
                   Call(post("/v1/events", b"\x08\x01\x12\x10" + endpoint.uid + b"\x18\x01")))
    assert statuses[0] == 200 and statuses[-2:] == [403, 403], statuses
    row = place.endpoints()[endpoint.name()]
    assert row["state"] == "quarantined" and "two places" in row["reason"], row
    assert place.weirctl("endpoint", "approve", endpoint.name(), "--yes") == {"endpoint": endpoint.name()}
    assert ask(endpoint, beat(endpoint)) == [200]


def revoke(place, endpoint):
    """Also whoever waits is refused, at once; nginx refuses it when it has read the list."""
    # The first says that a program starts; only then a message waits.
    assert ask(endpoint, beat(endpoint)) == [200]
    waiting = begin(endpoint, (beat(endpoint, "Prefer: wait=60"),))
    time.sleep(2)
    begun = time.monotonic()
    status, answer = place.api("POST", f"/api/v1/endpoints/{endpoint.name()}/revoke", {"reason": "stolen"})
    assert status == 200, answer
    assert [status_of(answer) for answer in waiting()] == [401]
    took = time.monotonic() - begun
    assert took < 40, took
    assert ask(endpoint, beat(endpoint)) == [401]
    assert place.endpoints()[endpoint.name()]["state"] == "revoked"
    with open(place.path("nginx.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), 1)
    until("nginx reading the list", lambda: ask(endpoint, beat(endpoint))[0] in (0, 400))
    return took


def bound_rate(endpoint):
    """More calls at once than a branch that is rolled out makes; on one connection, to be quick. A process of nginx that is about to
    end after a reload closes the connection behind its first answer."""
    call = b"GET /v1/ca HTTP/1.1\r\nHost: x\r\n"
    data = (call + b"\r\n") * 69 + call + b"Connection: close\r\n\r\n"
    seen = []

    def refused():
        seen.append(begin(endpoint, (Call(data, ENROLL, "-"),))()[0])
        return b"HTTP/1.1 429 " in seen[-1]

    until("calls beyond the rate", refused)
    assert b"HTTP/1.1 200 " in seen[0], seen[0][:2000]


def main():
    if os.geteuid() != 0:
        print("network namespaces need root")
        return 77
    with Place() as place:
        place.folder_of("state")
        place.start_console()
        place.start_nginx()
        endpoints = [Endpoint(place, number) for number in (1, 2, 3)]
        used_up = come_in(place, endpoints)
        stranger = refuse_tokens(place, used_up)
        beat_through(place, endpoints)
        know_each(endpoints[0], endpoints[1])
        take_evidence(place, endpoints[0])
        refuse_others(place, endpoints[0])
        refuse_nonsense(endpoints[0])
        find_copy(place, endpoints[2])
        took = revoke(place, endpoints[1])
        bound_rate(stranger)
        print(f"3 endpoints in; a waiting heartbeat ended {took * 1000:.0f} ms after its revocation")
        return 0


if __name__ == "__main__":
    sys.exit(main())
