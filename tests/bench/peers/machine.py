"""What else is known of the machine: what it is, how busy all of it is, and which processes are the database's."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.server import busy_seconds, children_of
from tests.bench.storage import sync_milliseconds


def describe_machine(home: Path) -> dict[str, Any]:
    """What a figure means nothing without."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory MB": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "disk sync ms": round(sync_milliseconds(home), 3),
    }


def processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def busy_of_machine() -> float | None:
    """Seconds of a core that all programs together have used since the start of the machine; None where the system does not say."""
    try:
        user, nice, system, _idle, _waiting, irq, softirq, steal, *_ = map(
            int, Path("/proc/stat").read_text().partition("\n")[0].split()[1:]
        )
    except OSError:
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Database:
    """PostgreSQL's processes; for SQLite nothing, because it works inside the servers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pid = None if url.startswith("sqlite") else postmaster(url)

    def address_for_peers(self) -> str:
        """The same database, for a superuser by the socket: past row-level security."""
        if self.pid is None:
            return self.url
        words = Path(f"/proc/{self.pid}/cmdline").read_bytes().decode().split("\0")
        options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
        name = self.url.rpartition("/")[2]
        return f"postgresql://postgres@/{name}?host={options['unix_socket_directories']}&port={options['port']}"

    def processor_seconds(self) -> float | None:
        """How long they have kept a core busy so far."""
        if self.pid is None:
            return None
        return sum(busy_seconds(pid) for pid in [self.pid, *children_of(self.pid)])


def postmaster(url: str) -> int:
    """The process that all processes of a PostgreSQL on this machine come from."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
