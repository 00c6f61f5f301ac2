"""What gunicorn.conf.py does on a platform that sets PORT: it serves IPv4 and IPv6, and says where the first account is created."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import pytest

from config import ROOT
from models.accounts.sign_up import sets_up
from tests.server import PRODUCT, STARTS_WITHIN, Gunicorn, stop, variables, wait_until_healthy


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def public_url(port):
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def gunicorn(settings, port, tmp_path):
    """Started as the Procfile does."""
    environment = variables(settings) | {"PORT": str(port), "WEB_CONCURRENCY": "1"}
    server = Gunicorn(settings.public_url, tmp_path / "server.log")
    with server.log_file.open("wb") as log:
        command = [sys.executable, "-m", "gunicorn", PRODUCT]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, process_group=0)
    try:
        wait_until_listening(port)
        wait_until_healthy(server, process)
        yield server
    finally:
        stop(process)


def wait_until_listening(port):
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)


def test_it_listens_on_every_address_and_logs_where_the_first_account_is_created(gunicorn, port, app):
    assert status_at("127.0.0.1", port) == 200
    if has_ipv6():
        assert status_at("::1", port) == 200
    link = re.search(r"/sign-up\?token=[^\s\"]+", gunicorn.log())[0]
    with app.test_request_context():
        assert sets_up("invite", link.partition("=")[2], "anybody@example.com")


def status_at(address, port):
    connection = HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
