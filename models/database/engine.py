"""Opens both databases, and begins and ends transactions. SQLite writers queue; PostgreSQL gets the current account."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from models import metrics
from models.database.base import db
from models.database.call_connection import (
    CallConnection,
    PostgreSQLCallConnection,
    begin_on_postgresql,
    call_connection,
)
from models.database.clock import note_clock
from models.database.commit_outcome import watch_commits
from models.database.counted_pool import CountedPool
from models.database.group_commit import group_for
from models.database.writer_queue import PATIENCE, WriterQueue, queue_for
from models.request_scope import current_scope, only_reads

log = logging.getLogger("profile.database")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

# A hundred megabytes take about a second.
MOST_WRITTEN_ANEW = 256 * 1024 * 1024

# A database server that vanished from the network is noticed in a minute. The system's own limits are 15 minutes for what
# was sent and two hours for what is awaited, and a thread would wait as long.
NOTICE_SILENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

# PostgreSQL keeps only the statements that ask for it (`Prepared.one_plan`). The driver would keep each after five uses,
# and then one plan would serve accounts that differ in size by a factor of thousands.
BY_REQUEST = 2**31

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
def on_one_connection() -> Iterator[None]:
    """Everything inside that reads or writes uses one connection; what is not committed before, or at the end, is undone."""
    rollback()
    engine = db.engine
    held = (CallConnection if engine.dialect.name == "sqlite" else PostgreSQLCallConnection)(engine)
    try:
        with current_scope().holding(held):
            try:
                yield
            finally:
                rollback()
    finally:
        held.close()


@contextmanager
def only_reading() -> Iterator[None]:
    """Transactions that begin inside only read: on SQLite they do not wait for writers."""
    with current_scope().transactions(reading=True):
        yield


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that writes, within a request that reads: earlier reads are released, and this is committed."""
    db.session.rollback()
    with current_scope().transactions(reading=False):
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def commit() -> None:
    """Commit the current transaction. Unlike `db.session.commit()`, this makes no session where none was needed."""
    if db.session.registry.has():
        db.session.commit()
    elif held := call_connection():
        held.commit()


def rollback() -> None:
    """Undo the current transaction; see `commit`."""
    if db.session.registry.has():
        db.session.rollback()
    elif held := call_connection():
        held.rollback()


def begin_writing() -> None:
    """End the current read; transactions that begin from now on write."""
    rollback()
    current_scope().begin_writing()


def write_in_group(work: Callable[[], None]) -> None:
    """Do this in a transaction of its own after a read, and commit; on SQLite together with what other threads write now."""
    begin_writing()
    held = call_connection()
    if held is None or not isinstance(held.driver, QueuedConnection) or held.driver.writers is None:
        work()
        commit()
    else:
        group_for(held.driver.writers.path).write(held, work)


def rewrite_file() -> None:
    """Rewrite SQLite's file: deleted rows are overwritten (secure_delete), but a page that was rearranged before may have kept a copy.

    A large file would block writers for a long time; the server administrator runs VACUUM for that one.
    """
    on_sqlite(lambda connection: connection.rewrite_file())


def empty_journal() -> bool:
    """Empty SQLite's write-ahead log, which has everything recently written; False while somebody is reading from it."""
    return on_sqlite(lambda connection: connection.empty_journal()) is not False


def on_sqlite(work: Callable[[QueuedConnection], Any]) -> Any:
    """Run this with a connection that has no open transaction; nothing on PostgreSQL, which cleans up by itself."""
    db.session.rollback()
    if db.engine.dialect.name != "sqlite":
        return None
    borrowed = db.engine.raw_connection()
    try:
        assert isinstance(borrowed.driver_connection, QueuedConnection)
        return work(borrowed.driver_connection)
    finally:
        borrowed.close()


class QueuedConnection(sqlite3.Connection):
    """An SQLite connection that holds the writers' queue from the begin of a writing transaction to its end."""

    writers: WriterQueue | None = None
    in_queue = False

    def begin(self, only_reads: bool) -> None:
        if self.in_transaction:
            return  # The session joins what the call has begun.
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
        # A failed commit leaves the transaction open and the queue held; the rollback that follows ends both.
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

    def rewrite_file(self) -> None:
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
        """Run what cannot be in a transaction, when it is this connection's turn to write."""
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


def engine_options(database_url: str, threads: int, connections: int) -> dict[str, Any]:
    """How SQLAlchemy opens this database, for a process with this many request threads. On PostgreSQL, connections are limited."""
    counted = {"poolclass": CountedPool} if metrics.is_on() else {}
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
            "json_serializer": to_json,
            **counted,
        }
    return {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": PATIENCE,
        # A new connection asks the database's clock again (clock.py), and finds a server that has moved.
        "pool_recycle": 1_800,
        # Keeps typed values out of logged errors.
        "hide_parameters": True,
        "json_deserializer": orjson.loads,
        "json_serializer": to_json,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": 10, "prepare_threshold": BY_REQUEST, **NOTICE_SILENCE},
        **counted,
    }


def to_json(value: Any) -> str:
    """JSON for a column."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # What apps register may hold numbers of more than 64 bits.
        return json.dumps(value)


def from_json(text: Any) -> Any:
    """JSON from a column of SQLite, which returns a single number as a number: on a TypeError, SQLAlchemy uses it as it is."""
    if not isinstance(text, str | bytes):
        raise TypeError("this is no text")
    return orjson.loads(text)


def prepare_engine(engine: Engine) -> None:
    """Open SQLite with foreign keys, WAL and one writer queue; check row-level security on PostgreSQL. Watch transactions of both."""
    watch_commits(engine)
    if engine.dialect.name != "sqlite":
        event.listen(engine, "first_connect", warn_of_superuser)

        @event.listens_for(engine, "do_connect")
        def connect(dialect: Any, _record: Any, where: Any, options: Any) -> Any:
            # A server with SQLite does without the driver.
            from models.database.postgresql import KeepingConnection

            options.setdefault("application_name", application_name())
            connection = KeepingConnection.connect(*where, **options)
            connection.notice_pooler()
            note_clock(dialect, connection)
            return connection

        @event.listens_for(engine, "begin")
        def begin_in_account(connection: Any) -> None:
            begin_on_postgresql(connection.dialect, connection.connection.dbapi_connection)

        return
    path = make_url(str(engine.url)).database or ""
    file = None if path in {"", ":memory:"} else Path(path).resolve()
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            # SQLite would let everybody on this machine read it; its journal gets the same mode.
            os.close(os.open(file, os.O_CREAT | os.O_CLOEXEC, 0o600))

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: Any) -> None:
        assert isinstance(connection, QueuedConnection)
        connection.writers = queue_for(str(file)) if file else None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    # SQLite cannot turn a reader into a writer without risking "database is locked" in spite of any time-out (83 of
    # 2,400 tries measured; 0 with BEGIN IMMEDIATE). So every transaction writes unless it says that it only reads.
    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        try:
            connection.connection.dbapi_connection.begin(only_reads())
        except sqlite3.OperationalError as error:
            # SQLAlchemy wraps errors of statements, but not of its events.
            raise OperationalError("BEGIN", None, error) from error


def application_name() -> str:
    """What the database's list of sessions calls a connection of this process."""
    work = " work" if "work" in sys.argv else ""
    return f"profile {Path(sys.argv[0]).name}{work} {os.getpid()}"


def is_behind_pooler(connection: Connection) -> bool:
    """Whether PgBouncer or another pooler is between this server and PostgreSQL."""
    driver: Any = connection.connection.dbapi_connection
    return driver.prepare_threshold is None


def warn_of_superuser(connection: Any, _record: Any) -> None:
    """A superuser bypasses row-level security; so does a role with BYPASSRLS."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            log.warning("the database role passes through row-level security; give the app a role that does not")
    connection.rollback()
