"""An app's activity through a connection: calls for each day, and recent entries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from models.accounts import Member
from models.audit import Action, AuditEntry, AuditPersonal, first_id
from models.audit_log.query import RenderedEntry, render_entries
from models.connections import Connection
from models.database import db, now, table_of

DAYS = 30
RECENT = 20

entries = table_of(AuditEntry).c


@dataclass(frozen=True)
class Day:
    """The tool calls of one day (UTC)."""

    day: date
    calls: int


def calls_by_day(connection_id: uuid.UUID, days: int = DAYS) -> list[Day]:
    """The last days up to today, oldest first; found by entry ids, which begin with the time."""
    today = now().date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    # Days are in UTC, whatever time zone a PostgreSQL session has; SQLite stores UTC.
    on_postgresql = db.engine.dialect.name == "postgresql"
    day = func.date(func.timezone("UTC", entries.at) if on_postgresql else entries.at)
    calls = select(day, func.count()).where(
        entries.connection_id == connection_id,
        entries.action == Action.TOOL_CALLED,
        entries.id >= first_id(datetime.combine(wanted[0], time(), UTC)),
    )
    found = {str(day): count for day, count in db.session.connection().execute(calls.group_by(day))}
    return [Day(day, found.get(day.isoformat(), 0)) for day in wanted]


def scale_of(days: Sequence[Day]) -> list[int]:
    """The labels of the axis beside a graph of these days, highest first: a round maximum, its half, and zero."""
    most = max((day.calls for day in days), default=0)
    top = 1
    while top < most:
        # 1, 2, 4, 10, 20, 40, 100 and so on: each can be halved.
        top = top * 5 // 2 if str(top).startswith("4") else top * 2
    return [top, top // 2, 0] if top > 1 else [top, 0]


def recent_entries(reader: Member, connection: Connection, limit: int = RECENT) -> list[RenderedEntry]:
    """The last entries of a connection, newest first, for a member of its account."""
    statement = select(AuditEntry, AuditPersonal).join(
        AuditPersonal, AuditPersonal.entry_id == AuditEntry.id, isouter=True
    )
    of_it = statement.where(AuditEntry.connection_id == connection.id).order_by(AuditEntry.id.desc()).limit(limit)
    return render_entries(reader, [(entry, personal) for entry, personal in db.session.execute(of_it)])
