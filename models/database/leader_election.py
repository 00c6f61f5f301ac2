"""Which process works: one at a time for each database, by a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# Any number will do, as long as nothing else in this database locks it: "PROFILEW" in ASCII.
LOCK = 0x50524F46494C4557
HELD = text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = :high "
    "AND objid::bigint = :low AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Election(Protocol):
    """A lock that one process has."""

    def won(self) -> bool:
        """Whether this process has it now, or could take it."""

    def resign(self) -> None:
        """Leave it to another."""


def election(engine: Engine) -> Election:
    """The lock that goes with this database."""
    if engine.dialect.name == "postgresql":
        return AdvisoryLock(engine)
    return FileLock(Path(f"{engine.url.database}-worker"))


def is_somebody_working(engine: Engine) -> bool:
    """Whether any process has the lock."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            return connection.scalar(HELD, {"high": LOCK >> 32, "low": LOCK & 0xFFFFFFFF}) is not None
    try:
        descriptor = os.open(f"{engine.url.database}-worker", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A process that wants the lock in this very moment asks again in three seconds.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


class FileLock:
    """`flock` on a file beside the database: the system lets go of it when the process ends, however it does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor: int | None = None

    def won(self) -> bool:
        if self.descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self.descriptor = descriptor
        return True

    def resign(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class AdvisoryLock:
    """An advisory lock of PostgreSQL, in a transaction of its own: it ends with that, wherever the process runs.

    A pooler such as PgBouncer gives a transaction one server connection. A lock of the session would stay on it when the process
    has ended, and nobody could win again.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.connection: Connection | None = None

    def won(self) -> bool:
        try:
            if self.connection is not None:
                self.connection.execute(text("SELECT 1"))
                return True
            return self._try()
        except SQLAlchemyError:
            # The database was restarted, or is away: whatever was held there is gone.
            self.resign()
            return False

    def _try(self) -> bool:
        connection = self.engine.connect()
        if connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
            self.connection = connection
            return True
        connection.close()
        return False

    def resign(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()
