"""Where the measured server keeps its data: on a real disk, as durable as in production."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg

from tests.databases import migrate
from tests.postgres import postgres_server


@contextmanager
def storage(kind: str) -> Iterator[tuple[Path, str, str]]:
    """A directory, the URL of a new, migrated database of this kind, and what to call it; all gone after the block."""
    with tempfile.TemporaryDirectory(prefix="profile-bench-") as directory:
        home = Path(directory)
        if kind == "sqlite":
            url = f"sqlite:///{home / 'profile.db'}"
            migrate(url)
            yield home, url, f"SQLite {sqlite3.sqlite_version} (WAL, synchronous=FULL)"
            return
        with postgres_server(durable=True) as server:
            url = server.create("bench")
            migrate(url)
            yield home, url, f"PostgreSQL {version_of(url)} (synchronous_commit=on)"


def version_of(url: str) -> str:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return str(connection.info.parameter_status("server_version"))


def sync_milliseconds(home: Path) -> float:
    """What the disk takes to keep 4 KiB for good (median): no server can commit alone in less."""
    taken = []
    with (home / "sync").open("wb") as file:
        for _ in range(50):
            file.write(b"\0" * 4096)
            file.flush()
            began = perf_counter()
            os.fsync(file.fileno())
            taken.append(perf_counter() - began)
    return median(taken) * 1000
