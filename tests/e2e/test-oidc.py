#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""People log in to the console by OpenID Connect: by a real provider, glewlwyd, the whole way as a browser goes it, and by one of
this test's own that lies. In a network namespace, so that the ports are ours."""

import base64
import hashlib
import http.client
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get("WEIR_BUILD", os.path.join(TREE, "build", "dev")), "bin")
TABLES = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
MODULES = "/usr/lib/glewlwyd"
GLEWLWYD, LIAR, CONSOLE, OTHER = 4593, 4594, 8080, 8081
CALLBACK = "/api/v1/oidc/callback"
PATIENCE = 90  # seconds that anything may take on a busy machine
SECRET = "a synthetic client secret"
PASSWORD = "a synthetic password"


def until(what, test):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            found = test()
        except (ConnectionError, http.client.HTTPException):
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.text = response.read().decode()

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def cookies(self):
        return [value for key, value in self.headers if key.lower() == "set-cookie"]

    def json(self):
        return json.loads(self.text)


class Browser:
    """Keeps cookies by host and port; goes nowhere by itself."""

    def __init__(self):
        self.jar = {}

    def call(self, method, url, body=None, headers=()):
        parts = urllib.parse.urlsplit(url)
        jar = self.jar.setdefault(parts.netloc, {})
        headers = dict(headers)
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers)
        answer = Answer(connection.getresponse())
        connection.close()
        for cookie in answer.cookies():
            name, _, value = cookie.split(";")[0].partition("=")
            jar[name] = value
            if "Max-Age=0" in cookie:
                del jar[name]
        return answer

    def get(self, url, **headers):
        return self.call("GET", url, headers=headers)


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def changed(url, **values):
    parts = urllib.parse.urlsplit(url)
    query = {name: value for name, value in (query_of(url) | values).items() if value is not None}
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


class Place:
    def __init__(self, folder):
        self.folder = folder
        self.children = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        return self.path(name)

    def start(self, name, *command):
        with open(self.path(name + ".log"), "ab") as log:
            self.children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def end(self):
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.wait(PATIENCE)

    def logs(self):
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    print(f"---- {name}\n" + "".join(file.readlines()[-30:]))


class Console:
    def __init__(self, place, name, port, issuer, groups, **more):
        self.base = f"http://127.0.0.1:{port}"
        self.place = place
        secret = place.write(name + "-secret", SECRET + "\n")
        config = place.write(name + ".json", json.dumps(
            {"issuer": issuer, "client_id": "weir", "client_secret_file": secret, "redirect_uri": self.base + CALLBACK,
             "groups": groups} | more))
        place.start(name, os.path.join(BIN, "weir-console"), "--state", place.path(name), "--dev", str(port), "--oidc", config)
        until("the console", lambda: Browser().get(self.base + "/healthz").status == 200)
        with open(os.path.join(place.path(name), "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def developer(self, target):
        answer = Browser().get(self.base + target, Authorization="Bearer " + self.token)
        assert answer.status == 200, answer.text
        return answer.json()

    def audit(self, action):
        """Details of the entries, oldest first."""
        entries = self.developer("/api/v1/audit?limit=500")["entries"]
        return [json.loads(entry["detail"] or "{}") for entry in sorted(entries, key=lambda entry: entry["sequence"]) if entry["action"] == action]

    def begin(self, browser):
        answer = browser.get(self.base + "/api/v1/oidc/login")
        assert answer.status == 303, (answer.status, answer.text)
        return answer

    def refused(self, browser, url, reason):
        answer = browser.get(url)
        assert answer.status == 401 and answer.json()["error"]["code"] == "login", (reason, answer.status, answer.text)
        assert not answer.cookies(), answer.cookies()
        last = self.audit("session.refuse")[-1]
        assert last == {"by": "oidc", "reason": reason}, (reason, last)


class Glewlwyd:
    """The provider, on SQLite in the place's folder, set up by its own API."""

    base = f"http://127.0.0.1:{GLEWLWYD}"
    issuer = base + "/api/weir"

    def __init__(self, place):
        database = place.path("glewlwyd.db")
        with open(TABLES, "rb") as tables:
            subprocess.run(["sqlite3", database], stdin=tables, check=True, stdout=subprocess.DEVNULL)
        folders = "".join(f'{name}_path="{MODULES}/{folder}"\n' for name, folder in
                          (("user_module", "user"), ("client_module", "client"), ("user_auth_scheme_module", "scheme"),
                           ("plugin_module", "plugin")))
        config = place.write("glewlwyd.conf", f'port={GLEWLWYD}\nbind_address="127.0.0.1"\nexternal_url="{self.base}"\n'
                             'login_url="login.html"\napi_prefix="api"\nlog_mode="console"\nlog_level="INFO"\ncookie_secure=0\n'
                             'session_key="GLEWLWYD2_SESSION_ID"\nadmin_scope="g_admin"\nprofile_scope="g_profile"\n'
                             f'{folders}hash_algorithm="SHA512"\ndatabase={{ type="sqlite3"; path="{database}"; }};\n')
        place.start("glewlwyd", "glewlwyd", "--config-file=" + config)
        self.admin = Browser()
        until("glewlwyd", lambda: self.admin.call("POST", self.base + "/api/auth/",
                                                  {"username": "admin", "password": "password"}).status == 200)
        self.set_up()

    def manage(self, method, target, body=None):
        answer = self.admin.call(method, self.base + "/api" + target, body)
        assert answer.status == 200, (target, answer.status, answer.text)
        return answer

    def set_up(self):
        key = openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout")
        public = openssl("ec", "-pubout", data=key)
        kinds = ("token", "id-token", "implicit", "password", "client", "none", "refresh")
        claims = [{"name": name, "user-property": of, "mandatory": True, "type": "string", "scope": []}
                  for name, of in (("preferred_username", "username"), ("groups", "groups"))]
        self.manage("POST", "/mod/plugin/", {
            "module": "oidc", "name": "weir", "display_name": "weir", "enabled": True,
            "parameters": {"iss": self.issuer, "jwt-type": "ecdsa", "jwt-key-size": "256", "key": key.decode(),
                           "cert": public.decode(), "code-duration": 600, "refresh-token-duration": 3600,
                           "access-token-duration": 300, "allow-non-oidc": False, "auth-type-code-enabled": True,
                           "pkce-allowed": True, "pkce-method-plain-allowed": False, "pkce-required": True, "jwks-show": True,
                           "subject-type": "public", "claims": claims, "name-claim": "mandatory"}
            | {f"auth-type-{kind}-enabled": False for kind in kinds}})
        module = self.manage("GET", "/mod/user/database").json()
        module["parameters"]["data-format"]["groups"] = {"multiple": True, "read": True, "write": True, "profile-read": False,
                                                         "profile-write": False}
        self.manage("PUT", "/mod/user/database", module)
        self.manage("PUT", "/mod/user/database/reset")
        self.manage("POST", "/client/", {
            "client_id": "weir", "name": "weir", "confidential": True, "client_secret": urllib.parse.quote(SECRET), "enabled": True,
            "redirect_uri": [f"http://127.0.0.1:{CONSOLE}{CALLBACK}"], "authorization_type": ["code"], "scope": [],
            "token_endpoint_auth_method": ["client_secret_basic"]})

    def person(self, method, name, groups):
        self.manage(method, "/user/" + (name if method == "PUT" else ""), {
            "username": name, "name": "Synthetic " + name, "password": PASSWORD, "email": name + "@example.test",
            "enabled": True, "scope": ["openid"], "groups": groups})

    def pass_through(self, browser, location, name):
        """What a person does there: logs in, agrees. Where the browser is sent next."""
        page = browser.get(location)
        assert page.status == 302 and "/login.html?" in page.header("Location"), (page.status, page.header("Location"))
        back = query_of(page.header("Location"))["callback_url"]
        answer = browser.call("POST", self.base + "/api/auth/", {"username": name, "password": PASSWORD})
        assert answer.status == 200, answer.status
        answer = browser.call("PUT", self.base + "/api/auth/grant/weir/", {"scope": "openid"})
        assert answer.status == 200, answer.status
        answer = browser.get(back + "&g_continue")
        assert answer.status == 302 and CALLBACK in answer.header("Location"), (answer.status, answer.header("Location"))
        return answer.header("Location")


def check_begin(console, answer):
    location = query_of(answer.header("Location"))
    assert answer.header("Location").startswith(Glewlwyd.issuer + "/auth?"), answer.header("Location")
    assert (location["response_type"], location["client_id"], location["scope"]) == ("code", "weir", "openid profile")
    assert location["redirect_uri"] == console.base + CALLBACK and location["code_challenge_method"] == "S256"
    assert len({location[name] for name in ("state", "nonce", "code_challenge")}) == 3
    assert all(len(location[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie, = answer.cookies()
    assert cookie.startswith("__Host-weir-login=weiro_"), cookie
    assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"), cookie
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert cookie.split("=")[1].split(";")[0] not in answer.header("Location")


def log_in(console, provider, name):
    """The browser, the session's cookie line, and the address that it came back with."""
    browser = Browser()
    back = provider.pass_through(browser, console.begin(browser).header("Location"), name)
    answer = browser.get(back)
    assert answer.status == 303 and answer.header("Location") == "/", (answer.status, answer.text)
    return browser, answer.cookies(), back


def whole_way(console, provider):
    check_begin(console, console.begin(Browser()))
    browser, cookies, back = log_in(console, provider, "li.na")
    assert cookies[0].startswith("__Host-weir=weirs_") and cookies[0].endswith("; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert cookies[1].startswith("__Host-weir-login=;") and "Max-Age=0" in cookies[1], cookies
    me = browser.get(console.base + "/api/v1/whoami")
    assert me.status == 200, me.text
    me = me.json()
    assert me["via"] == "session" and me["csrf"], me
    user = me["user"]
    assert (user["name"], user["roles"], user["groups"], user["every_group"]) == ("li.na", ["analyst"], ["branch-sh"], False), user
    assert browser.get(console.base + "/api/v1/users").status == 403
    assert console.audit("session.open") == [{"by": "oidc"}], console.audit("session.open")
    added, = console.audit("user.add")
    assert added == {"name": "li.na", "roles": "analyst", "identity": "set", "every_group": False, "groups": ["branch-sh"]}, added
    person = next(user for user in console.developer("/api/v1/users")["users"] if user["name"] == "li.na")
    assert person["issuer"] == provider.issuer and person["subject"] and not person["password"], person
    assert browser.call("POST", console.base + "/api/v1/logout").status == 403  # a cookie alone changes nothing
    answer = browser.call("POST", console.base + "/api/v1/logout", headers={"X-CSRF-Token": me["csrf"]})
    assert answer.status == 200, answer.text
    assert browser.get(console.base + "/api/v1/whoami").status == 401
    return back


def again(console, provider, back):
    """A log-in ends once, and a code is worth something once."""
    browser = Browser()
    location = console.begin(browser).header("Location")
    url = provider.pass_through(browser, location, "li.na")
    jar = dict(browser.jar[f"127.0.0.1:{CONSOLE}"])
    assert browser.get(url).status == 303
    browser.jar[f"127.0.0.1:{CONSOLE}"] = jar
    console.refused(browser, url, "over")
    other = Browser()
    state = query_of(console.begin(other).header("Location"))["state"]
    console.refused(other, changed(back, state=state), "code")  # used before
    console.refused(other, changed(back, state=state), "over")


def strangers(console, provider):
    """A code of one browser in another, and what does not fit its cookie."""
    victim, thief = Browser(), Browser()
    url = provider.pass_through(victim, console.begin(victim).header("Location"), "li.na")
    console.refused(Browser(), url, "cookie")
    state = query_of(console.begin(thief).header("Location"))["state"]
    console.refused(thief, url, "state")
    console.refused(thief, changed(url, state=None), "state")
    console.refused(thief, changed(url, state=state), "code")  # the thief's verifier is not the code's
    console.refused(victim, url + "&code=x", "query")
    console.refused(victim, changed(url, iss="https://other.example"), "issuer")
    denied = Browser()
    state = query_of(console.begin(denied).header("Location"))["state"]
    console.refused(denied, f"{console.base}{CALLBACK}?error=access_denied&state={state}", "provider")


def without_group(console, provider):
    browser = Browser()
    url = provider.pass_through(browser, console.begin(browser).header("Location"), "wang")
    console.refused(browser, url, "no role")
    assert [user["name"] for user in console.developer("/api/v1/users")["users"]] == ["li.na"]


def moved(console, provider):
    """Who changed groups there has other rights here, and what was opened before ends."""
    before = log_in(console, provider, "li.na")[0]
    assert before.get(console.base + "/api/v1/whoami").status == 200
    provider.person("PUT", "li.na", ["dlp-leads", "staff"])
    after = log_in(console, provider, "li.na")[0]
    user = after.get(console.base + "/api/v1/whoami").json()["user"]
    assert (user["roles"], user["groups"], user["every_group"]) == (["senior"], [], True), user
    assert before.get(console.base + "/api/v1/whoami").status == 401
    assert console.audit("user.change")[-1]["roles"] == "senior"
    provider.person("PUT", "li.na", ["staff"])
    browser = Browser()
    url = provider.pass_through(browser, console.begin(browser).header("Location"), "li.na")
    console.refused(browser, url, "no role")


def an_address_waits(console):
    browser = Browser()
    seen = [browser.get(console.base + CALLBACK + "?state=x&code=y", **{"X-Real-IP": "192.0.2.7"}) for _ in range(22)]
    assert [answer.status for answer in seen] == [401] * 21 + [429], [answer.status for answer in seen]
    assert int(seen[-1].header("Retry-After")) >= 1
    assert browser.get(console.base + CALLBACK + "?state=x&code=y", **{"X-Real-IP": "192.0.2.8"}).status == 401


class Liar:
    """A provider that says whatever the test wants it to. RS256 by openssl."""

    def __init__(self, place):
        self.place = place
        self.issuer = f"http://127.0.0.1:{LIAR}"
        self.private = {name: place.write(name + ".pem", openssl("genrsa", "2048").decode()) for name in ("one", "two", "three")}
        self.shown = ["one"]
        self.asked = []
        self.forms = []
        self.token = ""
        self.status = 200
        self.document = {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/auth", "token_endpoint": self.issuer + "/token",
                         "jwks_uri": self.issuer + "/keys", "token_endpoint_auth_methods_supported": ["client_secret_post"]}
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, body):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    pass

            def do_GET(self):
                liar.asked.append(self.path)
                if self.path == "/keys":
                    self.answer(200, {"keys": [liar.jwk(name) for name in liar.shown]})
                else:
                    self.answer(200, liar.document)

            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                liar.forms.append(dict(urllib.parse.parse_qsl(form)))
                self.answer(liar.status, liar.token if isinstance(liar.token, bytes) else {"id_token": liar.token})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", LIAR), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def public(self, name):
        return openssl("rsa", "-in", self.private[name], "-pubout")

    def jwk(self, name):
        modulus = openssl("rsa", "-in", self.private[name], "-noout", "-modulus").decode().strip().partition("=")[2]
        return {"kty": "RSA", "kid": name, "n": encode(bytes.fromhex(modulus)), "e": "AQAB"}

    def sign(self, header, claims, key="one"):
        text = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        return text + "." + encode(openssl("dgst", "-sha256", "-sign", self.private[key], data=text.encode()))

    def come_back(self, console, make, browser=None):
        """Begins a log-in and answers it with the token that make(claims) gives for its nonce."""
        browser = browser or Browser()
        asked = query_of(console.begin(browser).header("Location"))
        now = int(time.time())
        self.token = make({"iss": self.issuer, "aud": "weir", "sub": "s-1", "nonce": asked["nonce"], "exp": now + 300, "iat": now,
                           "preferred_username": "zhao", "groups": ["dlp"]})
        self.challenge = asked["code_challenge"]
        return browser, f"{console.base}{CALLBACK}?code=c&state={asked['state']}"


def lies(console, liar):
    rs256 = {"alg": "RS256", "kid": "one"}
    now = int(time.time())
    browser, url = liar.come_back(console, lambda claims: liar.sign(rs256, claims))
    assert browser.get(url).status == 303
    form = liar.forms[-1]
    assert form["client_secret"] == SECRET and form["client_id"] == "weir" and form["grant_type"] == "authorization_code", form
    assert encode(hashlib.sha256(form["code_verifier"].encode()).digest()) == liar.challenge
    assert browser.get(console.base + "/api/v1/whoami").json()["user"]["name"] == "zhao"

    def hmac(claims):
        text = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
        secret = liar.public("one").hex()
        return text + "." + encode(openssl("dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + secret, "-binary",
                                           data=text.encode()))

    def unsigned(claims):
        return ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)) + "."

    cases = (
        ("nonce", lambda claims: liar.sign(rs256, claims | {"nonce": "another"})),
        ("audience", lambda claims: liar.sign(rs256, claims | {"aud": "another"})),
        ("audience", lambda claims: liar.sign(rs256, claims | {"aud": ["weir", "another"]})),
        ("issuer", lambda claims: liar.sign(rs256, claims | {"iss": "https://another.example"})),
        ("expired", lambda claims: liar.sign(rs256, claims | {"exp": now - 120})),
        ("stale", lambda claims: liar.sign(rs256, claims | {"iat": now - 3600})),
        ("subject", lambda claims: liar.sign(rs256, claims | {"sub": ""})),
        ("signature", lambda claims: liar.sign(rs256, claims, "two")),
        ("algorithm", hmac),
        ("form", unsigned),
        ("algorithm", lambda claims: unsigned(claims) + "AAAA"),
        ("no role", lambda claims: liar.sign(rs256, claims | {"groups": []})),
        ("no role", lambda claims: liar.sign(rs256, claims | {"groups": "dlp,dlp"})),
        ("name taken", lambda claims: liar.sign(rs256, claims | {"sub": "s-2"})),
        ("name", lambda claims: liar.sign(rs256, claims | {"sub": "s-3", "preferred_username": "../x"})),
        ("roles", lambda claims: liar.sign(rs256, claims | {"groups": ["dlp", "machines"]})),
    )
    for reason, make in cases:
        browser, url = liar.come_back(console, make)
        console.refused(browser, url, reason)


def other_keys(console, liar):
    """A new key is asked for when it is used, and not as often as somebody likes."""
    before = liar.asked.count("/keys")
    browser, url = liar.come_back(console, lambda claims: liar.sign({"alg": "RS256", "kid": "two"}, claims, "two"))
    console.refused(browser, url, "key")
    liar.shown = ["two"]
    browser, url = liar.come_back(console, lambda claims: liar.sign({"alg": "RS256", "kid": "two"}, claims, "two"))
    assert browser.get(url).status == 303
    for _ in range(4):
        browser, url = liar.come_back(console, lambda claims: liar.sign({"alg": "RS256", "kid": "three"}, claims, "three"))
        console.refused(browser, url, "key")
    asked = liar.asked.count("/keys") - before
    assert 2 <= asked <= 4, asked  # two at once, then one in half a minute
    browser, url = liar.come_back(console, lambda claims: liar.sign({"alg": "RS256", "kid": "one"}, claims))
    console.refused(browser, url, "key")  # withdrawn


def in_trouble(console, liar):
    """What is the provider's own trouble is told as that."""
    for status, token in ((500, "x"), (200, b"no JSON"), (200, b'{"id_token":7}'), (200, b"x" * (300 * 1024)), (302, "x")):
        liar.status = status
        browser, url = liar.come_back(console, lambda claims, token=token: token)
        answer = browser.get(url)
        assert answer.status == 502, (status, answer.status, answer.text)
    liar.status = 200
    for text in (console.place.path("other.log"),):
        with open(text, encoding="utf-8") as file:
            assert SECRET not in file.read()


def unusable_files(place):
    """A configuration that others may write, or a secret that others may read, keeps the console from starting."""
    secret = place.write("loose-secret", SECRET, 0o644)
    config = place.write("loose.json", json.dumps(
        {"issuer": "https://idp.example", "client_id": "weir", "client_secret_file": secret,
         "redirect_uri": "https://console.example" + CALLBACK, "groups": {"a": {"roles": ["viewer"]}}}))
    result = subprocess.run([os.path.join(BIN, "weir-console"), "--state", place.path("loose"), "--dev", "0", "--oidc", config],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 1 and "others may read it" in result.stderr, result
    assert SECRET not in result.stderr


def scenario(place):
    provider = Glewlwyd(place)
    provider.person("POST", "li.na", ["dlp-analysts-sh", "staff"])
    provider.person("POST", "wang", ["staff"])
    console = Console(place, "console", CONSOLE, provider.issuer,
                      {"dlp-analysts-sh": {"roles": ["analyst"], "groups": ["branch-sh"]},
                       "dlp-leads": {"roles": ["senior"], "every_group": True}})
    back = whole_way(console, provider)
    without_group(console, provider)
    again(console, provider, back)
    strangers(console, provider)
    moved(console, provider)
    an_address_waits(console)
    liar = Liar(place)
    other = Console(place, "other", OTHER, liar.issuer, {"dlp": {"roles": ["viewer"]}, "machines": {"roles": ["administrator"]}})
    lies(other, liar)
    other_keys(other, liar)
    in_trouble(other, liar)
    unusable_files(place)
    for one in (console, other):
        told = json.dumps(one.developer("/api/v1/audit?limit=500"))
        assert "eyJ" not in told and SECRET not in told and "weirs_" not in told and "weiro_" not in told


def main():
    if len(sys.argv) == 1:
        os.execvp("unshare", ["unshare", "--net", sys.executable, os.path.abspath(__file__), "inside"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="weir-oidc-") as folder:
        place = Place(folder)
        try:
            scenario(place)
        except BaseException:
            place.logs()
            raise
        finally:
            place.end()


if __name__ == "__main__":
    main()
