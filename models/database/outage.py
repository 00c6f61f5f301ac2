"""Whether an error means that the database is away, busy or full: then its reason is one line, and a stack trace says no more."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Connection exceptions, insufficient resources, a server that stops or starts, and a lock that was not given.
ON_POSTGRESQL = ("08", "53", "57P", "55P03")
ON_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)


def outage(error: BaseException | None) -> str | None:
    """Why the database did not serve, in one line; None if the cause of this error is another."""
    while error is not None:
        if isinstance(error, PoolTimeout):
            return "every connection of this process was in use (DATABASE_CONNECTIONS)"
        if isinstance(error, DBAPIError) and (error.connection_invalidated or is_away(error.orig)):
            return next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
        error = error.__cause__
    return None


def is_away(error: Any) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        # The queue of writers raises this without a code.
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF in ON_SQLITE
    if type(error).__module__.partition(".")[0] != "psycopg":
        return False
    state = getattr(error, "sqlstate", None)
    # Without a code it does not come from the server.
    return (
        state.startswith(ON_POSTGRESQL)
        if state
        else "OperationalError" in {each.__name__ for each in type(error).__mro__}
    )
