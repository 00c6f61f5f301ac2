"""One connection for all that a tool call does: taken from the pool once, and used without the session where no objects are needed.

The session joins it: what `db.session` begins, commits or rolls back inside is this connection's transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine

from models.database import writer_queue
from models.database.commit_outcome import as_sqlalchemy
from models.request_scope import current_account_id, current_scope, held_connection, only_reads

SET_ACCOUNT = "SELECT set_config('app.account_id', %s, true)"


class CallConnection:
    """A connection of the pool, and the driver's own connection behind it."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        try:
            self.pooled = engine.raw_connection()
        except self.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(self.dialect, "CONNECT", error) from error
        self.driver: Any = self.pooled.dbapi_connection
        self._for_session: Connection | None = None
        self.shared = False
        """Whether several calls share its transaction (group_commit.py). A session would end it for all of them."""

    @property
    def for_session(self) -> Connection:
        """The same connection, as the session needs it."""
        if self._for_session is None:
            self._for_session = Connection(self.engine, self.pooled)
        return self._for_session

    @property
    def joined(self) -> bool:
        """Whether the session takes part in the open transaction."""
        return self._for_session is not None and self._for_session.in_transaction()

    @property
    def begun(self) -> bool:
        """Whether a transaction is open."""
        return bool(self.driver.in_transaction)

    @property
    def unfinished(self) -> bool:
        """Whether there is something to undo. If SQLite has ended the transaction itself (disk full), the writers' queue is still held."""
        return self.begun or bool(self.driver.in_queue)

    def begin(self) -> None:
        """Begin a transaction, which reads or writes as the scope says."""
        try:
            self.driver.begin(only_reads())
        except sqlite3.OperationalError as error:
            raise as_sqlalchemy(self.dialect, "BEGIN", error) from error

    def enter_account(self) -> None:
        """Make the scope's account current in a transaction that is open. SQLite has no row-level security."""

    def commit(self) -> None:
        """Commit what is open."""
        if self.joined:
            self.for_session.commit()
        elif self.begun:
            try:
                self.dialect.do_commit(self.driver)
            except self.dialect.loaded_dbapi.Error as error:
                raise as_sqlalchemy(self.dialect, "COMMIT", error) from error

    def rollback(self) -> None:
        """Undo what is open."""
        if self.joined:
            self.for_session.rollback()
        elif self.pooled.is_valid and self.unfinished:
            try:
                self.driver.rollback()
            except self.dialect.loaded_dbapi.Error as error:
                self.pooled.invalidate(error)

    def close(self) -> None:
        """Give the connection back to the pool, which undoes what is open."""
        self.pooled.close()


class PostgreSQLCallConnection(CallConnection):
    """Each transaction sets its account, and how long it waits for a lock."""

    @property
    def begun(self) -> bool:
        return bool(self.driver.pgconn.transaction_status)

    @property
    def unfinished(self) -> bool:
        return self.begun

    def begin(self) -> None:
        begin_on_postgresql(self.dialect, self.driver)

    def enter_account(self) -> None:
        if self.begun:
            run_alone(self.dialect, self.driver, SET_ACCOUNT % f"'{current_scope().account_id or ''}'")


def begin_on_postgresql(dialect: Any, driver: Any) -> None:
    """Begin a transaction that waits for no lock longer than a writer waits on SQLite, in the current account if there is one.

    All in one message: the driver would send a BEGIN alone, and the rest after its answer. Options of the connection would
    cost nothing either, but PgBouncer refuses them.
    """
    if driver.autocommit or driver.pgconn.transaction_status:
        return  # The session joins what the call has begun.
    level, account_id = driver.isolation_level, current_account_id()
    statements = [
        f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}" if level else "BEGIN",
        f"SET LOCAL lock_timeout = {writer_queue.PATIENCE * 1000:.0f}",
        *([SET_ACCOUNT % f"'{account_id}'"] if account_id else []),
    ]
    run_alone(dialect, driver, "; ".join(statements))


def run_alone(dialect: Any, driver: Any, sql: str) -> None:
    """Run statements that return nothing, without the driver's preparations for values and rows."""
    try:
        if failed := driver.pgconn.exec_(sql.encode()).error_message:
            raise dialect.loaded_dbapi.OperationalError(failed.decode(errors="replace"))
    except dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(dialect, sql, error) from error


def call_connection() -> CallConnection | None:
    """The connection of the current call."""
    held: CallConnection | None = held_connection()
    return held
