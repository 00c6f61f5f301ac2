"""A PostgreSQL that a test can kill, stop and start, with its data on a disk."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests import postgres
from tests.databases import migrate


class KillablePostgres:
    """A PostgreSQL of its own that keeps its data on the disk, is killed, and recovers."""

    def __init__(self, home: Path) -> None:
        self.home, self.runner, self.port = home, postgres.unprivileged(home), postgres.free_port()
        self.tools = postgres.reachable(postgres.find_binaries(), home, self.runner)
        postgres.initialize(self.tools, home, self.runner)
        self.start()
        postgres.add_role(self.process, home, self.port)

    def start(self) -> None:
        self.process = postgres.launch(self.tools, self.home, self.runner, {}, self.port)

    def stop(self) -> None:
        """In order, as an update of the system does: it ends every connection first."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It keeps its connections and says nothing inside the block."""
        processes = [self.process.pid, *children_of(self.process.pid)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def kill(self) -> None:
        """Every process of it at once. PostgreSQL does not start while one of them is still there."""
        # Stopped, it starts no more of them. Each is the leader of a group of its own.
        self.process.send_signal(signal.SIGSTOP)
        children = children_of(self.process.pid)
        for process in (self.process.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()
        while any(map(is_there, children)):
            time.sleep(0.01)


def is_there(process: int) -> bool:
    """Whether this process still holds anything."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(process: int) -> list[int]:
    """The processes that this one has started."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.fixture
def killable_postgres() -> Iterator[KillablePostgres]:
    with tempfile.TemporaryDirectory(prefix="profile-postgres-", ignore_cleanup_errors=True) as directory:
        server = KillablePostgres(Path(directory))
        yield server
        server.kill()


@pytest.fixture
def database_url(request, new_database) -> Iterator[str]:
    """A test that kills the database has one of its own."""
    if "killable_postgres" in request.fixturenames:
        server = postgres.PostgresServer(request.getfixturevalue("killable_postgres").port)
        migrate(server.create("test"))
        yield server.url("test")
    else:
        with new_database("test") as url:
            yield url
