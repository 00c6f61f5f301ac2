"""Tripwires that a single call touches. Whether it does, its bearer's row and its own entry say: that costs no query.

A call that touches one is undone. The alarm is raised in a transaction of its own, and the call begins again: under what
was chosen for the alarm, so that a pause stops the very call that caused it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta

from models.alarms import DELETED, FEWEST, Alarm, check_first_time, check_people
from models.connections import Tripwire
from models.database import begin_writing, commit, enter_account, locks, now
from models.oauth import Bearer
from models.request_scope import Call

QUIET = timedelta(days=30)

LISTS = ("list_profiles", "get_group_report")


class Tripped(Exception):
    """The call touches a tripwire."""

    def __init__(self, tripwire: Tripwire) -> None:
        super().__init__(tripwire)
        self.tripwire = tripwire


def check_before(bearer: Bearer, passed: Collection[Tripwire]) -> None:
    """Raise `Tripped` if the connection was quiet for long, and was not connected again since."""
    last = bearer.last_used_at
    quiet = last is not None and now() - last > QUIET and bearer.consented_at < last
    if quiet and Tripwire.QUIET not in passed:
        raise Tripped(Tripwire.QUIET)


def check_after(bearer: Bearer, entry: Call, passed: Collection[Tripwire]) -> None:
    """Raise `Tripped` if what the call did touches a tripwire, before it is committed and answered."""
    for tripwire, touched in (
        (Tripwire.DECOY, opens_decoy(bearer, entry)),
        (Tripwire.MANY_PEOPLE, may_be_many(bearer, entry)),
        (Tripwire.FIRST_CHANGE, bool(entry.steps) and not bearer.changed),
        (Tripwire.FIRST_DELETION, not bearer.deleted and deletes(entry)),
    ):
        if touched and tripwire not in passed:
            raise Tripped(tripwire)


def opens_decoy(bearer: Bearer, entry: Call) -> bool:
    """Whether the account's decoy is in the call, other than as a line of a list: every app that lists all profiles meets it there."""
    if bearer.decoy_id is None or entry.tool in LISTS:
        return False
    return ("profile", bearer.decoy_id) in entry.resources


def may_be_many(bearer: Bearer, entry: Call) -> bool:
    """Whether the people of today, each counted as often as read, are so many that the different ones must be counted."""
    if not entry.resources:
        return False
    today = now().date().isoformat()
    so_far = bearer.people_of_day if bearer.day == today else 0
    check_at = bearer.people_check_at if bearer.people_checked_day == today else FEWEST
    return so_far + entry.people > check_at


def deletes(entry: Call) -> bool:
    return any(step.endswith(DELETED) for step in entry.steps)


def sound(bearer: Bearer, entry: Call, tripwire: Tripwire) -> None:
    """Undo the call, and raise the alarm if it is one, in a transaction of its own."""
    people, quiet_since = people_in(entry), bearer.last_used_at
    begin_writing()
    entry.forget()
    enter_account(bearer.account_id)
    # Before any row: a writer may wait for the counters of this connection, and holds its share of this lock.
    locks.take(bearer.account_id)
    match tripwire:
        case Tripwire.MANY_PEOPLE:
            check_people(bearer.connection_id, people)
        case Tripwire.FIRST_CHANGE | Tripwire.FIRST_DELETION:
            check_first_time(bearer.connection_id, tripwire)
        case Tripwire.QUIET if quiet_since is not None:
            Alarm.sound(bearer.connection_id, tripwire, days=(now() - quiet_since).days)
        case _:
            Alarm.sound(bearer.connection_id, tripwire)
    commit()


def people_in(entry: Call) -> set[uuid.UUID]:
    return {id_ for kind, id_ in entry.resources if kind == "profile"}
