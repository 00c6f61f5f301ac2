"""Whether a commit that failed was done: usually it was not, and sometimes nobody can say. Then the error is `OutcomeUnknown`."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError

# SQLite has written the commit to its log before it waits for the disk. If that fails, nobody sees the commit, but a crash
# before the next one would bring it back. All other errors come before the log says that it is committed.
MAY_BE_IN_THE_LOG = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}


class OutcomeUnknown(OperationalError):
    """A commit failed, and what it should have written may be there or not."""


def watch_commits(engine: Engine) -> None:
    """Let every commit on this engine raise `OutcomeUnknown` where the outcome is unknown."""
    dialect = engine.dialect
    known = known_on_sqlite if dialect.name == "sqlite" else known_on_postgresql
    commit = dialect.do_commit

    def do_commit(driver: Any) -> None:
        sendable = not getattr(driver, "closed", False)
        try:
            commit(driver)
        except dialect.loaded_dbapi.Error as error:
            error.outcome_unknown = sendable and not known(error)  # type: ignore[attr-defined]
            raise

    dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]

    @event.listens_for(engine, "handle_error")
    def say_so(failed: ExceptionContext) -> BaseException | None:
        return unknown_outcome(failed.original_exception)


def known_on_sqlite(error: Any) -> bool:
    """Whether it is certain that nothing was committed: the disk was full, say."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF not in MAY_BE_IN_THE_LOG


def known_on_postgresql(error: Any) -> bool:
    """Whether the server has said so itself. It can lose its connection, or end it, between the commit and its answer."""
    return bool(error.diag.severity_nonlocalized == "ERROR")


def unknown_outcome(error: BaseException) -> OutcomeUnknown | None:
    """The error to raise for this one of the driver, if it left a commit without an outcome."""
    return (
        OutcomeUnknown("COMMIT", None, error, hide_parameters=True)
        if getattr(error, "outcome_unknown", False)
        else None
    )


def as_sqlalchemy(dialect: Any, sql: str, error: Exception) -> Exception:
    """An error of the driver as SQLAlchemy raises it, without the values: people typed them, and errors are logged."""
    return unknown_outcome(error) or DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )
