"""What an app did through a connection: how much on which day, lately in sentences, and of whom it read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, literal, select, union_all

from models.audit import Action, AuditEntry, AuditPersonal
from models.base import db, now, table_of
from models.connection import Connection
from models.names import Names
from models.seal import first_id
from models.telling import resources_of
from models.trail import Told, told

DAYS = 30
LATELY = 20
# Whose data was read is gathered from so many calls at most; the page says so where there are more.
LOOKED_THROUGH = 1_000
NAMED = 50

entries = table_of(AuditEntry).c


@dataclass(frozen=True)
class Day:
    """The tool calls of one day (UTC)."""

    day: date
    calls: int


@dataclass(frozen=True)
class Read:
    """Whose profiles an app has met: how many, and the first of them by name."""

    people: int
    named: list[tuple[uuid.UUID, str]]
    whole: bool
    """Whether every call was looked at, and not the last thousand alone."""


def calls_by_day(connection_id: uuid.UUID, days: int = DAYS) -> list[Day]:
    """So many days up to today, oldest first; found by the ids of entries, which begin with their time."""
    today = now().date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    counts = [
        select(literal(position), func.count()).where(
            entries.connection_id == connection_id,
            entries.action == Action.TOOL_CALLED,
            entries.id >= begin_of(day),
            entries.id < begin_of(day + timedelta(days=1)),
        )
        for position, day in enumerate(wanted)
    ]
    rows = db.session.connection().execute(union_all(*counts)).all()
    found = {int(position): int(count) for position, count in rows}
    return [Day(day, found.get(position, 0)) for position, day in enumerate(wanted)]


def begin_of(day: date) -> uuid.UUID:
    return first_id(datetime.combine(day, time(), UTC))


def lately(connection: Connection, limit: int = LATELY) -> list[Told]:
    """The last things that happened through or with a connection, newest first."""
    statement = select(AuditEntry, AuditPersonal).join(
        AuditPersonal, AuditPersonal.entry_id == AuditEntry.id, isouter=True
    )
    of_it = statement.where(AuditEntry.connection_id == connection.id).order_by(AuditEntry.id.desc()).limit(limit)
    return told(connection.account_id, [(entry, personal) for entry, personal in db.session.execute(of_it)])


def people_read(connection: Connection) -> Read:
    """Whose profiles stood in the answers that the app got."""
    statement = select(AuditEntry).where(
        AuditEntry.connection_id == connection.id,
        AuditEntry.action == Action.TOOL_CALLED,
        AuditEntry.outcome == "allowed",
    )
    calls = list(db.session.scalars(statement.order_by(AuditEntry.id.desc()).limit(LOOKED_THROUGH + 1)))
    ids = list(dict.fromkeys(profiles_in(calls[:LOOKED_THROUGH])))
    names = Names.of(connection.account_id, {("profile", id_) for id_ in ids[:NAMED]})
    named = [(id_, name) for id_ in ids[:NAMED] if (name := names.get("profile", id_))]
    return Read(len(ids), named, whole=len(calls) <= LOOKED_THROUGH)


def profiles_in(calls: list[AuditEntry]) -> Iterator[uuid.UUID]:
    for entry in calls:
        yield from (id_ for kind, id_ in resources_of(entry) if kind == "profile")
