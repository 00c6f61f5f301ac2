"""Whose data an app got through a connection: everybody whose profile was in an answer, counted from the audit log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    true,
)

from models.audit import ANSWER, PEOPLE, Action, AuditEntry, Outcome
from models.connections.connection import Connection
from models.database import db, table_of
from models.profiles import Profile, visible
from models.scopes import PROFILES_READ
from models.text import full_name

# Expanding a call's answer into people takes time: an eighth of a second for this many that list ten each.
LOOKED_THROUGH = 10_000
# All profiles in the entries of these are people in the answer.
READING = ("list_profiles", "get_profile", "get_debrief", "compare_profiles", "get_group_report", "list_aliases")
# Entries from before migration 0031 do not say what the answer to a change held: to an app that could read profiles, it
# held the person, unless the call itself created the profile.
CHANGING = ("update_profile", "send_assessment_invite")

entries, profiles = table_of(AuditEntry).c, table_of(Profile).c


@dataclass(frozen=True)
class Read:
    """The number of people that an app read about: all of them, those deleted since, and those whom the reader does not see."""

    people: int
    deleted: int
    whole: bool
    """Whether every call was counted, and not only the last `LOOKED_THROUGH`."""
    hidden: int = 0

    @property
    def present(self) -> int:
        """Those who still have a profile and can be listed."""
        return self.people - self.deleted - self.hidden


@dataclass(frozen=True)
class Person:
    """Somebody whose data was read, and when it was last read."""

    id: uuid.UUID
    name: str
    at: datetime


def people_read(connection: Connection) -> Read:
    """The number of people in the answers to the app. The scope must be in the connection's account."""
    met = met_in(last_calls(connection), connection.account.decoy_id)
    known = (profiles.account_id == connection.account_id) & (profiles.id == met.c.id)
    shown = func.count(case((and_(true(), *visible(profiles.id, profiles.account_id)), profiles.id)))
    counted = select(func.count(), func.count(profiles.id), shown)
    people, present, seen = db.session.execute(counted.select_from(met.outerjoin(table_of(Profile), known))).one()
    return Read(people, people - present, whole=not more_calls(connection), hidden=present - seen)


def people_page(connection: Connection, page: int, rows: int) -> list[Person]:
    """A page of those who still have a profile, most recently read first."""
    met = met_in(last_calls(connection), connection.account.decoy_id)
    known = (profiles.account_id == connection.account_id) & (profiles.id == met.c.id)
    named = select(profiles.id, profiles.first_name, profiles.last_name, profiles.email, met.c.at)
    found = named.select_from(met.join(table_of(Profile), known)).where(*visible(profiles.id, profiles.account_id))
    found = found.order_by(met.c.at.desc(), profiles.id)
    return [
        Person(id_, full_name(first, last) or email, at)
        for id_, first, last, email, at in db.session.execute(found.limit(rows).offset((page - 1) * rows))
    ]


def last_calls(connection: Connection) -> Subquery:
    """The last calls with people in their answers."""
    return reading(connection, entries.resources, entries.at).limit(LOOKED_THROUGH).subquery()


def more_calls(connection: Connection) -> bool:
    return db.session.scalar(reading(connection, entries.id).offset(LOOKED_THROUGH).limit(1)) is not None


def reading(connection: Connection, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .where(
            entries.connection_id == connection.id,
            entries.action == Action.TOOL_CALLED,
            entries.outcome == Outcome.ALLOWED,
            or_(entries.tool.in_(READING), answer_of_change(connection)),
        )
        .order_by(entries.id.desc())
    )


def answer_of_change(connection: Connection) -> ColumnElement[bool]:
    """Whether a call that changed people also had their data in its answer."""
    answer: ColumnElement[str] = entries["values"][ANSWER].as_string()
    if not ever_read(connection):
        return answer == PEOPLE
    created = cast(entries.steps, Text).contains(str(Action.PROFILE_CREATED))
    return or_(answer == PEOPLE, answer.is_(None) & entries.tool.in_(CHANGING) & ~created)


def ever_read(connection: Connection) -> bool:
    """Whether the app can read profiles, or could before."""
    given = (each.granted for each in connection.authorizations)
    return PROFILES_READ in (connection.taken or {}) or any(PROFILES_READ in granted for granted in given)


def met_in(calls: Subquery, decoy_id: uuid.UUID | None) -> Subquery:
    """The profiles of people in these calls, without repetition, with the latest time."""
    each = unfolded(calls)
    # Entries have ids with hyphens. On SQLite a column has them without; PostgreSQL accepts both.
    id_ = cast(func.replace(each.c.value[1].as_string(), "-", ""), Uuid)
    met = select(id_.label("id"), func.max(calls.c.at).label("at")).select_from(calls.join(each, true()))
    met = met.where(each.c.value[0].as_string() == "profile")
    return (met if decoy_id is None else met.where(id_ != decoy_id)).group_by(id_).subquery()


def unfolded(calls: Subquery) -> FromClause:
    """A row for each thing in a call's JSON list; the databases have different functions for that."""
    on_postgresql = db.session.connection().dialect.name == "postgresql"
    unfold = func.json_array_elements if on_postgresql else func.json_each
    return unfold(calls.c.resources).table_valued(column("value", JSON))
