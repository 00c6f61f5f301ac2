"""The server that is measured: gunicorn with its own gunicorn.conf.py, started and stopped as a platform would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, sleep

from config import Settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("WEB_CONCURRENCY", "THREADS", "GUNICORN_CMD_ARGS", "PORT")


@dataclass
class Server:
    """A running gunicorn."""

    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path
    started_at: float

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, _, port = self.settings.host.partition(":")
        return host, int(port)

    def seconds_until(self, request: bytes, proof: bytes) -> float:
        """Seconds from the start of the process to the first good answer to this request."""
        while self.process.poll() is None:
            if (answer := once(self.address, request)).startswith(b"HTTP/1.1 200") and proof in answer:
                return perf_counter() - self.started_at
            sleep(0.002)
        raise SystemExit(f"The server did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def memory(self) -> float | None:
        """What all its processes hold together in MB, pages that they share counted once (PSS); None where the system does not say."""
        return whole(proportional_megabytes, self.process.pid)

    def processor_seconds(self) -> float | None:
        """How long its processes have kept a core busy so far; None where the system does not say."""
        return whole(busy_seconds, self.process.pid)

    def worker_seconds(self) -> list[float]:
        """The same of each of its children alone."""
        try:
            return [busy_seconds(child) for child in children_of(self.process.pid)]
        except OSError:
            return []


@contextmanager
def running(settings: Settings, log: Path, command: Sequence[str] = (), **more: str) -> Iterator[Server]:
    """A server with these settings, or another that this command starts; gone after the block."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "DATABASE_URL": settings.database_url,
        **{
            each.name.upper(): str(getattr(settings, each.name))
            for each in fields(settings)
            if each.name.startswith("limit_")
        },
        **more,
    }
    ours = [sys.executable, "-m", "gunicorn", "--bind", settings.host, "--log-level", "warning", "app:create_app()"]
    with log.open("ab") as output:
        started_at = perf_counter()
        process = subprocess.Popen([*(command or ours)], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield Server(settings, process, log, started_at)
    finally:
        process.terminate()
        process.wait()


def once(address: tuple[str, int], request: bytes) -> bytes:
    """The answer to one request on a connection of its own; nothing where there is none yet."""
    connection = HTTPConnection(*address, timeout=10)
    try:
        connection.connect()
        connection.sock.sendall(request)
        response = connection.response_class(connection.sock)
        response.begin()
        return f"HTTP/1.1 {response.status} ".encode() + response.read()
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()


def whole(part: Callable[[int], float], pid: int) -> float | None:
    """A figure of /proc, summed over a process and its children."""
    try:
        return sum(part(process) for process in [pid, *children_of(pid)])
    except OSError:
        return None


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def proportional_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def busy_seconds(pid: int) -> float:
    # The name of the program, in parentheses, can contain anything; utime and stime are the 12th and 13th field after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
