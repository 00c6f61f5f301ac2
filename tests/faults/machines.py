"""The server as a platform runs it: by the commands of the Procfile, on one or several machines over one database."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, ClassVar

from config import ROOT, Settings
from tests.fixtures.assistants import ConnectedApp
from tests.forked_gunicorn import ForkedGunicorn, Forker
from tests.postgres import free_port
from tests.races.start import send
from tests.server import stop, variables

PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
WITHIN = 60

NGINX = """\
daemon off; pid {home}/nginx.pid; error_log {home}/nginx.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    upstream profile {{ {upstream} }}
    server {{
        listen 127.0.0.1:{port} backlog=512; client_header_timeout 10s; client_body_timeout 10s;
        location / {{
            proxy_pass http://profile; proxy_set_header Host $http_host; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@dataclass
class Machine:
    """A machine with a process of its own; `process` says which line of the Procfile it runs."""

    settings: Settings
    home: Path
    name: str = "web"
    process: str = "web"
    prefix: tuple[str, ...] = ()
    """What runs the command, such as `faketime`."""
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | ForkedGunicorn | None = None
    forker: ClassVar[Forker | None] = None
    """Starts gunicorn in a fraction of the time, where nothing has to be before it."""

    @property
    def log_file(self) -> Path:
        return self.home / f"{self.name}.log"

    def log(self) -> str:
        """Everything that it wrote."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        environment = variables(self.settings) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        program, *given = shlex.split(PROCFILE[self.process])
        # On the loopback alone: without this it would listen on the port of a platform, or on 8000.
        with socket.create_server(("127.0.0.1", self.port), backlog=512) as listener, self.log_file.open("ab") as log:
            if self.process == "web" and self.forker and not self.prefix:
                self.running = self.forker.gunicorn([*given, "--bind", "fd://{}"], environment, self.log_file, listener)
                return
            environment["GUNICORN_CMD_ARGS"] = f"--bind fd://{listener.fileno()}"
            self.running = subprocess.Popen(
                [*self.prefix, program, *given],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                process_group=0,
                pass_fds=[listener.fileno()] if self.process == "web" else [],
            )

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.launch()
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        """Return when it serves; a worker has nothing to serve."""
        if self.process == "web":
            until(lambda: self.status("/healthz") == 200, lambda: f"{self.name} did not start: {self.log()[-3000:]}")

    def status(self, path: str, timeout: float = 10) -> int:
        """What a GET is answered with; 0 if there is no answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": self.settings.host})
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def signal(self, number: int) -> None:
        assert self.running
        os.kill(self.running.pid, number)

    def end(self) -> int:
        """As a platform does: by SIGTERM; what it exited with."""
        assert self.running
        if self.prefix:
            # What comes before the command would end alone, and leave it running.
            os.killpg(self.running.pid, signal.SIGTERM)
            until(lambda: not is_group_alive(self.running), "it did not end")
        else:
            stop(self.running)
        assert self.running.returncode is not None
        return self.running.returncode

    def kill(self) -> None:
        """Every process of it at once."""
        assert self.running
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def works(self) -> int:
        """How often a process of it became the worker."""
        return self.log().count("this process works now")


@contextmanager
def started(*machines: Machine) -> Iterator[None]:
    """These machines run inside the block; the log of each is shown with a test that failed."""
    try:
        for machine in machines:
            machine.launch()
        for machine in machines:
            machine.wait_until_healthy()
        yield
    finally:
        for machine in machines:
            if machine.running and machine.running.poll() is None:
                machine.end()
            sys.stdout.write(f"--- {machine.name}\n{machine.log()[-20_000:]}\n")


@contextmanager
def nginx(home: Path, port: int, machines: list[Machine]) -> Iterator[None]:
    """The proxy of docs/self-hosting.md in front of these machines; whichever listens gets the next request."""
    upstream = " ".join(f"server 127.0.0.1:{each.port} max_fails=0;" for each in machines)
    configuration = home / "nginx.conf"
    configuration.write_text(NGINX.format(home=home, port=port, upstream=upstream))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "this fault needs nginx (Debian: apt install nginx-light)"
    with subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: (home / "nginx.pid").exists(), "nginx did not start")
            yield
        finally:
            process.terminate()


def is_group_alive(leader: subprocess.Popen[bytes] | ForkedGunicorn | None) -> bool:
    """Whether any process of its group runs."""
    assert leader
    leader.poll()
    try:
        os.killpg(leader.pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(
    true: Callable[[], object],
    problem: str | Callable[[], str] = "what was waited for did not come about",
    within: float = WITHIN,
) -> float:
    """Look again and again; the seconds that it took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > within:
            raise AssertionError(problem if isinstance(problem, str) else problem())
        time.sleep(0.02)
    return time.monotonic() - began


def flask(
    settings: Settings, *arguments: str, kill_after: float | None = None, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """A command of the operator; killed after so many seconds, if it is to be."""
    command = [*prefix, sys.executable, "-m", "flask", "--app", "app", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=variables(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said, _ = process.communicate(timeout=kill_after or 300)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, said)


def log_lines(text: str, name: str) -> list[dict[str, Any]]:
    """The lines of a log that this logger wrote."""
    lines = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
    return [line for line in lines if line.get("name") == name]


def call(machine: Machine, app: ConnectedApp, tool: str = "list_tags", **arguments: object) -> int:
    """The status of one call of an assistant, on a connection of its own."""
    body, headers = app.message("tools/call", {"name": tool, "arguments": arguments})
    sent = headers | {"Authorization": f"Bearer {app.token}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", machine.port, timeout=30)
    try:
        return send(connection, "/mcp", json.dumps(body), sent | {"Host": machine.settings.host}).status
    finally:
        connection.close()
