"""The schema: which revision the database has, which one this version of Profile needs, and who may change it now."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# Any number will do, as long as nothing else in this database locks it: "PROFILES" in ASCII.
LOCK = 0x50524F46494C4553


class Schema(Enum):
    """A database, as this version of Profile finds it."""

    CURRENT = "current"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"
    """Migrated by a newer version of Profile."""
    FOREIGN = "foreign"
    """Tables of another program."""


def schema_of(connection: Connection) -> Schema:
    """How the schema of this database compares with the one that this version needs."""
    revision = revision_of(connection)
    if revision is None:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return Schema.FOREIGN if tables else Schema.EMPTY
    known = revisions()
    if revision == known[-1]:
        return Schema.CURRENT
    if revision in known:
        return Schema.OLDER
    # Our revisions are numbers; Alembic gives others their names.
    return Schema.NEWER if revision.isdigit() and len(revision) == len(known[-1]) else Schema.FOREIGN


def revision_of(connection: Connection) -> str | None:
    """The revision of this database; None before its first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this version of Profile knows, oldest first."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return tuple(script.revision for script in reversed(list(scripts)))


@contextmanager
def migrating_alone(connection: Connection, on_wait: Callable[[], None]) -> Iterator[None]:
    """One process migrates at a time; the next one waits here, and finds nothing left to do. Platforms start several releases at once."""
    if connection.dialect.name == "postgresql":
        with locked_on_postgresql(connection, on_wait):
            yield
    elif path := connection.engine.url.database:
        with locked_file(Path(f"{path}-migrating"), on_wait):
            yield
    else:
        yield


@contextmanager
def locked_on_postgresql(connection: Connection, on_wait: Callable[[], None]) -> Iterator[None]:
    # In a transaction of its own: the lock must outlive that of each migration, and end with this process, also behind a pooler.
    with connection.engine.connect() as locking:
        if not locking.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
            on_wait()
            locking.execute(text("SET LOCAL lock_timeout = 0"))
            locking.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield


@contextmanager
def locked_file(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
