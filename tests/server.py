"""The product as a platform runs it: gunicorn with the project's own configuration, over a database of one test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, Settings

PRODUCT = "app:create_app()"
STARTS_WITHIN = 30
STOPS_WITHIN = 45


@dataclass(frozen=True)
class Server:
    """A running server: its address and its log so far."""

    url: str
    log_file: Path

    @property
    def mcp_url(self) -> str:
        """The address that people enter in an assistant."""
        return f"{self.url}/mcp"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def log(self) -> str:
        """Everything that gunicorn and the app wrote."""
        return self.log_file.read_text(errors="replace")

    def requests(self) -> list[dict[str, Any]]:
        """The log lines about requests, oldest first."""
        lines = (json.loads(line) for line in self.log().splitlines() if line.startswith("{"))
        return [line for line in lines if line.get("name") == "profile.requests"]


Serve = Callable[..., Server]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A free port of the loopback that is already listening: nobody else can take it, and clients wait for the server."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        yield listening


@pytest.fixture
def address(listener: socket.socket) -> str:
    """The server's origin. Tests over the network make it their `public_url`."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def serve(settings: Settings, listener: socket.socket, tmp_path: Path) -> Iterator[Serve]:
    """Starts the server with the settings of this test; `serve(workers=4)`."""
    with ExitStack() as stack:

        def start(workers: int = 2, threads: int = 8, app: str = PRODUCT) -> Server:
            return stack.enter_context(running(settings, listener, tmp_path / "server.log", workers, threads, app))

        yield start


@pytest.fixture
def server(serve: Serve) -> Server:
    """The server with two workers."""
    return serve()


@contextmanager
def running(
    settings: Settings, listener: socket.socket, log_file: Path, workers: int, threads: int, app: str = PRODUCT
) -> Iterator[Server]:
    number = listener.fileno()
    environment = variables(settings) | {"WEB_CONCURRENCY": str(workers), "THREADS": str(threads)}
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"fd://{number}"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, pass_fds=[number], process_group=0
        )
    # From here on only gunicorn listens: if it ends, connections are refused and no client waits in vain.
    listener.close()
    try:
        server = Server(settings.public_url, log_file)
        wait_until_healthy(server, process)
        yield server
    finally:
        stop(process)
        # Pytest shows this with a test that failed.
        sys.stdout.write(log_file.read_text(errors="replace"))
    assert process.returncode == 0, f"gunicorn ended with {process.returncode}"


def variables(settings: Settings) -> dict[str, str]:
    """These settings as environment variables, where they differ from the defaults."""
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


def wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    """One request: it waits in the socket's queue until a worker takes it."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=STARTS_WITHIN)
    try:
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
    except OSError as error:
        raise AssertionError(f"gunicorn did not start ({error}; exit code {process.poll()}):\n{server.log()}") from None
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """As a platform does: SIGTERM and, if the server does not end, SIGKILL for it and its workers."""
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
