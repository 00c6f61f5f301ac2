"""The clock that all machines share: PostgreSQL's. With SQLite there is one machine, and its own clock counts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.database.base import db

if TYPE_CHECKING:
    import psycopg

ASKED = b"SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


def note_clock(dialect: Any, connection: psycopg.Connection) -> None:
    """Note what the database's clock says at a connection's start: from then on ours, which nobody sets, says how much later it is."""
    before = time.monotonic_ns()
    told = connection.pgconn.exec_(ASKED).get_value(0, 0)
    if told is not None:
        dialect.clock_began = int(told) * 1_000 - (before + time.monotonic_ns()) // 2


def microseconds() -> int:
    """The current time since 1970, the same on all machines, whatever their own clocks say."""
    began: int | None = getattr(db.engine.dialect, "clock_began", None)
    return (time.time_ns() if began is None else began + time.monotonic_ns()) // 1_000


def shared_now() -> datetime:
    """The current time, in UTC, the same on all machines."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds())
