"""The product over the network: in this process for tests of pages, by gunicorn as a platform runs it for tests of processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from config import Settings
from tests.forked_gunicorn import ForkedGunicorn, Forker, forker

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PRODUCT = "app:create_app()"
STARTS_WITHIN = 30
STOPS_WITHIN = 45


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str

    @property
    def mcp_url(self) -> str:
        """The address that people give to an assistant."""
        return f"{self.url}/mcp"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@dataclass(frozen=True)
class Gunicorn(Server):
    """A running gunicorn, and what it has logged so far."""

    log_file: Path

    def log(self) -> str:
        """Everything that gunicorn and the app wrote."""
        return self.log_file.read_text(errors="replace")

    def requests(self) -> list[dict[str, Any]]:
        """The log's lines about requests, oldest first."""
        lines = (json.loads(line) for line in self.log().splitlines() if line.startswith("{"))
        return [line for line in lines if line.get("name") == "profile.requests"]


Serve = Callable[..., Gunicorn]


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """The origin that the server has, which is the `public_url` of tests over the network."""
    if "serve" in request.fixturenames:
        port = request.getfixturevalue("listener").getsockname()[1]
    else:
        port = request.getfixturevalue("threads").server_port
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def server(app: Flask, public_url: str, threads: BaseWSGIServer) -> Iterator[Server]:
    """The app of this test, served by threads of this process. A module that is about processes, logs or HTTP itself asks gunicorn:
    its own `server` returns `serve()`."""
    answering: set[Thread] = set()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answering.add(current_thread())
        return app(environ, start_response)

    threads.app = answer
    yield Server(public_url)
    threads.app = ServiceUnavailable()
    # A page that was closed may have sent its last words: they are answered before the next test gets a database at this URL.
    for thread in answering:
        thread.join(STOPS_WITHIN)


@pytest.fixture(scope="session")
def threads() -> Iterator[BaseWSGIServer]:
    """A web server in this process, that serves whichever app a test gives it."""
    serving = make_server("127.0.0.1", 0, ServiceUnavailable(), threaded=True, request_handler=Quiet)
    Thread(target=serving.serve_forever, name="web server", daemon=True).start()
    yield serving
    serving.shutdown()


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- as Werkzeug calls it
        """Nothing: what went wrong, the test sees."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A free port of the loopback, listening already: nobody else can take it, and whoever connects waits for the server."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        yield listening


@pytest.fixture(scope="session")
def gunicorn_forker() -> Iterator[Forker]:
    """The process that gunicorn is forked from."""
    with forker() as forking:
        yield forking


@pytest.fixture
def serve(settings: Settings, listener: socket.socket, gunicorn_forker: Forker, tmp_path: Path) -> Iterator[Serve]:
    """Starts gunicorn with the settings of this test; `serve(workers=4)`."""
    with ExitStack() as stack:

        def start(workers: int = 2, threads: int = 8, app: str = PRODUCT) -> Gunicorn:
            environment = variables(settings) | {"WEB_CONCURRENCY": str(workers), "THREADS": str(threads)}
            log_file = tmp_path / "server.log"
            process = gunicorn_forker.gunicorn([app, "--bind", "fd://{}"], environment, log_file, listener)
            # From here on only gunicorn listens: should it end, connections are refused and nobody waits in vain.
            listener.close()
            return stack.enter_context(running(process, Gunicorn(settings.public_url, log_file)))

        yield start


@contextmanager
def running(process: ForkedGunicorn, server: Gunicorn) -> Iterator[Gunicorn]:
    try:
        wait_until_healthy(server, process)
        yield server
    finally:
        stop(process)
        # Pytest shows this with a test that failed.
        sys.stdout.write(server.log())
    assert process.returncode == 0, f"gunicorn ended with {process.returncode}"


def variables(settings: Settings) -> dict[str, str]:
    """These settings as an operator gives them: environment variables, where they differ from the defaults."""
    given = {f.name.upper(): as_text(getattr(settings, f.name)) for f in fields(settings) if changed(settings, f)}
    return given | {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1"}


def changed(settings: Settings, setting: Any) -> bool:
    return bool(getattr(settings, setting.name) != setting.default)


def as_text(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()))
    if isinstance(value, tuple):
        return ",".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def wait_until_healthy(server: Gunicorn, process: subprocess.Popen[bytes] | ForkedGunicorn) -> None:
    """One request: it waits in the socket's queue until a worker takes it."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=STARTS_WITHIN)
    try:
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
    except OSError as error:
        raise AssertionError(f"gunicorn did not start ({error}; exit code {process.poll()}):\n{server.log()}") from None
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes] | ForkedGunicorn) -> None:
    """As a platform does: SIGTERM, then, to one that does not listen, SIGKILL for it and its workers."""
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
