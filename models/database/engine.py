"""How the two databases are opened, begun and ended. SQLite writers wait in one queue; PostgreSQL is told which account is meant."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from models.database.base import db
from models.request_scope import current_scope, only_reads

log = logging.getLogger("profile.database")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

# Seconds that a writer waits for its turn.
PATIENCE = 10

# A hundred megabytes take about a second.
MOST_WRITTEN_ANEW = 256 * 1024 * 1024

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -16000",
    "PRAGMA mmap_size = 268435456",
)


@contextmanager
def only_reading() -> Iterator[None]:
    """Transactions begun inside only read: on SQLite they do not wait for writers."""
    with current_scope().transactions(reading=True):
        yield


@contextmanager
def writing() -> Iterator[None]:
    """One unit of work that writes, inside a request that reads: what was read before is let go, what is done here is committed."""
    db.session.rollback()
    with current_scope().transactions(reading=False):
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def begin_writing() -> None:
    """Let go of what was read; transactions that begin from now on write."""
    db.session.rollback()
    current_scope().begin_writing()


def write_anew() -> None:
    """Write SQLite's file anew: rows are overwritten when they are deleted (secure_delete), but a page that was rearranged before may
    have kept a copy. A large file would keep writers waiting for long; whoever runs the server does that."""
    on_sqlite(lambda connection: connection.write_anew())


def empty_journal() -> bool:
    """Empty SQLite's journal, in which everything stands that was ever written; False while somebody is reading in it."""
    return on_sqlite(lambda connection: connection.empty_journal()) is not False


def on_sqlite(work: Callable[[QueuedConnection], Any]) -> Any:
    """Do this with a connection on which no transaction is open; nothing on PostgreSQL, which tidies up by itself."""
    db.session.rollback()
    if db.engine.dialect.name != "sqlite":
        return None
    borrowed = db.engine.raw_connection()
    try:
        assert isinstance(borrowed.driver_connection, QueuedConnection)
        return work(borrowed.driver_connection)
    finally:
        borrowed.close()


class WriterQueue:
    """Lets one writer at a time into an SQLite file, first come first served: threads by a lock, processes by `flock`.

    SQLite's own busy handler sleeps and retries; under load that costs tails of 300–700 ms. A queue has none.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.thread_lock = threading.Lock()
        self.descriptor: int | None = None
        self.owner_pid = 0

    def enter(self) -> None:
        # One thread of a process waits for other processes, the rest behind it here; they give up in time to be answered.
        if not self.thread_lock.acquire(timeout=PATIENCE):
            raise sqlite3.OperationalError(f"database is locked: another writer has held it for {PATIENCE} seconds")
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX)
        except BaseException:
            self.thread_lock.release()
            raise

    def leave(self) -> None:
        fcntl.flock(self._open(), fcntl.LOCK_UN)
        self.thread_lock.release()

    def _open(self) -> int:
        # A descriptor that came through a fork shares its lock with the parent, so each process opens its own.
        if self.descriptor is None or self.owner_pid != os.getpid():
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.owner_pid = os.getpid()
        return self.descriptor


_queues: dict[str, WriterQueue] = {}
_queues_lock = threading.Lock()


def queue_for(path: str) -> WriterQueue:
    with _queues_lock:
        return _queues.setdefault(path, WriterQueue(f"{path}-writer"))


def _forget_inherited_queues() -> None:
    _queues.clear()


os.register_at_fork(after_in_child=_forget_inherited_queues)


class QueuedConnection(sqlite3.Connection):
    """An SQLite connection that stands in the writers' queue from the begin of a writing transaction to its end."""

    writers: WriterQueue | None = None
    in_queue = False

    def begin(self, only_reads: bool) -> None:
        if only_reads:
            self.execute("BEGIN")
            return
        if self.writers is not None:
            self.writers.enter()
            self.in_queue = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._leave_queue()
            raise

    def commit(self) -> None:
        super().commit()
        # A commit that failed leaves the transaction open and us in the queue; the rollback that follows ends both.
        self._leave_queue()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave_queue()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._leave_queue()

    def write_anew(self) -> None:
        pages, size = (self.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size"))
        if pages * size <= MOST_WRITTEN_ANEW:
            self._in_turn("VACUUM")
        else:
            log.warning("what was deleted may be left in pages of this database; run VACUUM when there is little to do")

    def empty_journal(self) -> bool:
        # Writers wait while it waits for readers.
        self.execute("PRAGMA busy_timeout = 500")
        try:
            return bool(self._in_turn("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        finally:
            self.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")

    def _in_turn(self, statement: str) -> Any:
        """Carry out what cannot be part of a transaction, when it is this connection's turn to write."""
        if self.writers is not None:
            self.writers.enter()
            self.in_queue = True
        try:
            return (self.execute(statement).fetchone() or [None])[0]
        finally:
            self._leave_queue()

    def _leave_queue(self) -> None:
        if self.in_queue and self.writers is not None:
            self.in_queue = False
            self.writers.leave()


def engine_options(database_url: str, threads: int) -> dict[str, Any]:
    """How SQLAlchemy opens this database, for a process with so many request threads."""
    if database_url.startswith("sqlite"):
        return {
            "connect_args": {
                "factory": QueuedConnection,
                "timeout": PATIENCE,
                "isolation_level": None,
                "check_same_thread": False,
            },
            "pool_size": threads + 2,
            "max_overflow": 20,
            "hide_parameters": True,
            "json_deserializer": from_json,
        }
    return {
        "pool_size": threads + 2,
        "max_overflow": 20,
        # What people typed does not get into logs by way of an error's text.
        "hide_parameters": True,
        "json_deserializer": orjson.loads,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": 10},
    }


def from_json(text: Any) -> Any:
    """JSON from a column of SQLite, which gives a lone number back as one: on a TypeError, SQLAlchemy takes it as it is."""
    if not isinstance(text, str | bytes):
        raise TypeError("this is no text")
    return orjson.loads(text)


def prepare_engine(engine: Engine) -> None:
    """Open SQLite with explicit transactions, foreign keys, WAL and one queue of writers; warn where PostgreSQL's walls do not hold."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "first_connect", warn_of_superuser)
        return
    path = make_url(str(engine.url)).database or ""
    file = None if path in {"", ":memory:"} else Path(path).resolve()
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: Any) -> None:
        assert isinstance(connection, QueuedConnection)
        connection.writers = queue_for(str(file)) if file else None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    # SQLite cannot turn a reader into a writer without risking "database is locked" in spite of any time-out
    # (83 of 2,400 tries measured; 0 with BEGIN IMMEDIATE): whoever does not say that it reads, writes.
    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        try:
            connection.connection.dbapi_connection.begin(only_reads())
        except sqlite3.OperationalError as error:
            # SQLAlchemy wraps what statements raise, not what its events do.
            raise OperationalError("BEGIN", None, error) from error


def warn_of_superuser(connection: Any, _record: Any) -> None:
    """A superuser passes through row-level security; so does a role with BYPASSRLS."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            log.warning("the database role passes through row-level security; give the app a role that does not")
    connection.rollback()
