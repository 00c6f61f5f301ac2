"""The configurations of nginx and Caddy in deploy/, loaded and driven, with one gunicorn behind both."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from config import ROOT
from tests.application import settings_for
from tests.deploy.certificate import write_certificate
from tests.machine import found
from tests.postgres import free_port
from tests.server import PRODUCT, Gunicorn, running, variables

pytestmark = pytest.mark.in_front
HOST = "profile.example.com"
# Both proxies listen on one port: its number is in PUBLIC_URL, because browsers send it in the Host header.
ADDRESSES = {"nginx": "127.0.0.1", "caddy": "127.0.0.2"}
NGINX = """
daemon off;
pid {home}/nginx.pid;
error_log {home}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {home}/site.conf;
}}
"""


@pytest.fixture(scope="module")
def home():
    with TemporaryDirectory(prefix="profile-proxies-") as name:
        place = Path(name)
        # nginx's workers are another user.
        place.chmod(0o755)
        write_certificate(HOST, place / "fullchain.pem", place / "privkey.pem")
        yield place


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def upstream(home, port, gunicorn_forker, copiers):
    """The port of gunicorn: one process with two threads, so that a client can try to hold them all."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        url = stack.enter_context(copiers("sqlite")("proxied"))
        own_port = listener.getsockname()[1]
        environment = variables(settings_for(url, f"https://{HOST}:{port}")) | {
            "TRUSTED_PROXIES": "1",
            "LIMIT_REGISTRATIONS": "1",
            "WEB_CONCURRENCY": "1",
            "THREADS": "2",
        }
        log = home / "server.log"
        process = gunicorn_forker.gunicorn([PRODUCT, "--bind", "fd://{}"], environment, log, listener)
        listener.close()
        stack.enter_context(running(process, Gunicorn(f"http://127.0.0.1:{own_port}", log)))
        yield own_port


@pytest.fixture(scope="module", params=ADDRESSES)
def proxy(request, home, port, upstream):
    """Sends a request through this proxy; `proxy.connect()` is the connection alone."""
    start = {"nginx": nginx, "caddy": caddy}[request.param]
    with start(home, port, upstream) as process:
        reached = Proxy(request.param, port, home / "fullchain.pem")
        reached.wait_for(process)
        yield reached


@contextmanager
def nginx(home, port, upstream):
    site = replaced(
        (ROOT / "deploy" / "nginx.conf").read_text(),
        {
            "listen 443 ": f"listen {ADDRESSES['nginx']}:{port} ",
            "    listen [::]:443 ssl http2;\n": "",
            "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.3:{port};\n",
            f"/etc/letsencrypt/live/{HOST}": str(home),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{upstream}",
        },
    )
    (home / "site.conf").write_text(site)
    (home / "nginx.conf").write_text(NGINX.format(home=home))
    with started([found("nginx"), "-e", f"{home}/nginx.log", "-c", f"{home}/nginx.conf"], home) as process:
        yield process


@contextmanager
def caddy(home, port, upstream):
    site = replaced(
        (ROOT / "deploy" / "Caddyfile").read_text(),
        {
            "{$DOMAIN:profile.example.com} {": f"https://{HOST}:{port} {{\n\tbind {ADDRESSES['caddy']}\n"
            f"\ttls {home}/fullchain.pem {home}/privkey.pem",
            # So that it opens no other port.
            "\tservers {": "\tadmin off\n\tauto_https disable_redirects\n\tservers {",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        },
    )
    (home / "Caddyfile").write_text(site)
    with started([found("caddy"), "run", "--config", f"{home}/Caddyfile", "--adapter", "caddyfile"], home) as process:
        yield process


def replaced(text, changes):
    """The operator's file where this machine differs from theirs; what is replaced must be there."""
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def started(command, home):
    output = home / f"{command[0].rpartition('/')[2]}.out"
    with output.open("wb") as log:
        places = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(command, cwd=home, env=places, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        # Pytest shows this with a test that failed.
        sys.stdout.write(output.read_text(errors="replace"))


class Proxy:
    """A client of one of them, that trusts its certificate."""

    def __init__(self, name, port, certificate):
        self.name, self.port = name, port
        self.context = ssl.create_default_context(cafile=certificate)
        self.context.set_alpn_protocols(["http/1.1"])

    def wait_for(self, process):
        give_up = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < give_up:
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"{self.name} did not start")

    def connect(self, sender="127.0.0.1"):
        wire = socket.create_connection((ADDRESSES[self.name], self.port), timeout=10, source_address=(sender, 0))
        return self.context.wrap_socket(wire, server_hostname=HOST)

    def ask(self, method, path, body=None, sender="127.0.0.1", **headers):
        connection = HTTPConnection(HOST, self.port)
        with closing(connection):
            connection.sock = self.connect(sender)
            # It may refuse before it has read everything.
            with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer


def test_pages_are_served_under_a_host_with_a_port(proxy):
    assert proxy.ask("GET", "/sign-in").status == 200


def test_http_2_is_offered(proxy):
    proxy.context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with proxy.connect() as wire:
            assert wire.selected_alpn_protocol() == "h2"
    finally:
        proxy.context.set_alpn_protocols(["http/1.1"])


def test_limits_count_the_address_that_the_proxy_saw_whatever_the_client_says(proxy):
    apart = {"nginx": ("127.0.0.11", "127.0.0.12"), "caddy": ("127.0.0.21", "127.0.0.22")}[proxy.name]
    assert register(proxy, apart[0], "203.0.113.1") == 201
    assert register(proxy, apart[0], "203.0.113.2") == 429
    assert register(proxy, apart[1], "203.0.113.1") == 201


def register(proxy, sender, claimed):
    app = json.dumps({"client_name": "Robot", "redirect_uris": ["https://robot.example.com/callback"]})
    headers = {"Content-Type": "application/json", "X-Forwarded-For": claimed}
    return proxy.ask("POST", "/register", app, sender, **headers).status


def test_a_file_of_people_passes_and_a_larger_one_does_not(proxy):
    # Where Profile takes a file, it reads a body of this size to the end: Caddy 2.6 says 502 to what is refused unread.
    assert is_profiles_own(proxy.ask("POST", "/invitations/files", b"x" * 5_000_000))
    assert proxy.ask("POST", "/sign-in", b"x" * 7_000_000).status == 413


def is_profiles_own(answer):
    return answer.headers["X-Request-ID"] is not None


def test_clients_that_send_slowly_hold_nobody_up(proxy):
    with ExitStack() as stack:
        for _ in range(6):
            slow = stack.enter_context(proxy.connect())
            head = f"POST /sign-in HTTP/1.1\r\nHost: {HOST}:{proxy.port}\r\nContent-Length: 1000\r\n\r\n"
            slow.sendall(f"{head}and so".encode())
        time.sleep(0.3)
        began = time.monotonic()
        assert proxy.ask("GET", "/livez").status == 200
        assert time.monotonic() - began < 5


def test_nginx_sends_people_who_come_by_http_to_https(proxy):
    if proxy.name == "caddy":
        return  # It does that itself, on port 80.
    with closing(HTTPConnection("127.0.0.3", proxy.port)) as connection:
        connection.request("GET", "/profiles?page=2", headers={"Host": HOST})
        assert connection.getresponse().headers["Location"] == f"https://{HOST}/profiles?page=2"
