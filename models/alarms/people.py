"""Far more people than usual: how many different people an app read about in a day, against its own days before.

The usual number is the median of the days of the last four weeks on which the app read at all. An alarm needs three
times that, and more than the days usually stray from it. It also needs half as many again as on the busiest of these
days: an app that writes a report each Monday is quiet on the other days. An app with few days has no usual number yet,
so the bound begins high and comes down day by day.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Self

from sqlalchemy import update

from models.alarms.alarm import Alarm
from models.audit import first_id
from models.connections import LOOKED_THROUGH, Connection, ConnectionUse, Tripwire
from models.connections.data_access import entries, reading
from models.database import db, now

DAYS = 28
ENOUGH_DAYS = 5
FEWEST, FEWEST_AT_FIRST = 20, 100
"""No alarm for fewer people in a day: for a connection with a usual number, and for one on its first day."""
TIMES = 3
STRAYING = 6
"""How many times the usual distance from the median is beyond it."""
ABOVE_BUSIEST = 1.5
SELDOM = 4
"""It is looked up again after a quarter more at the earliest."""


@dataclass(frozen=True)
class Usual:
    """How many people an app reads about in a day."""

    people: int | None
    """None while there are too few days."""
    most: int
    """More than these are an alarm."""

    @classmethod
    def of(cls, days: Sequence[int]) -> Self:
        """From the numbers of the days before."""
        ramp = max(0, ENOUGH_DAYS - len(days)) * (FEWEST_AT_FIRST - FEWEST) // ENOUGH_DAYS
        if not days:
            return cls(None, FEWEST + ramp)
        middle = median(days)
        straying = median(abs(each - middle) for each in days)
        most = max(FEWEST + ramp, TIMES * middle, middle + STRAYING * straying, ABOVE_BUSIEST * max(days))
        return cls(round(middle) if len(days) >= ENOUGH_DAYS else None, round(most))


def check_people(connection_id: uuid.UUID, more: Collection[uuid.UUID]) -> Alarm | None:
    """Whether these people and those of today are far more than usual: then raise the alarm, in the current transaction.

    It also sets at which count this must be looked up again, before which there cannot be too many.
    """
    connection, today = db.session.get_one(Connection, connection_id), now().date()
    db.session.refresh(connection.use)
    counted = connection.use.people_of_day if connection.use.day == today.isoformat() else 0
    days = people_by_day(connection, today - timedelta(days=DAYS))
    met = days.pop(today, set()) | {str(each) for each in more}
    usual = Usual.of([len(each) for each in days.values()])
    many = len(met) > usual.most
    # Each person that is counted can be one more. After an alarm, this is looked at again when there are as many more.
    room = usual.most if many else usual.most - len(met)
    # An app that reads the same people all day is not looked at in every call.
    room = max(room, counted // SELDOM)
    own = update(ConnectionUse).where(ConnectionUse.connection_id == connection_id)
    check_at = counted + len(more) + room
    db.session.execute(own.values(people_checked_day=today.isoformat(), people_check_at=check_at))
    return Alarm.sound(connection_id, Tripwire.MANY_PEOPLE, people=len(met), usual=usual.people) if many else None


def people_by_day(connection: Connection, first: date) -> dict[date, set[str]]:
    """The people in the answers to an app on each day (UTC) on which there were any."""
    days: dict[date, set[str]] = {}
    for at, met in people_in_answers(connection, datetime.combine(first, time(), UTC)):
        days.setdefault(at.date(), set()).update(met)
    return days


def people_in_answers(
    connection: Connection, begin: datetime, end: datetime | None = None
) -> Iterator[tuple[datetime, set[str]]]:
    """The people in each answer to an app in this time that held any, by id; of the last ten thousand calls."""
    calls = reading(connection, entries.at, entries.resources).where(entries.id >= first_id(begin))
    if end is not None:
        calls = calls.where(entries.id < first_id(end))
    for at, resources in db.session.execute(calls.limit(LOOKED_THROUGH)):
        if met := {id_ for kind, id_ in resources if kind == "profile"}:
            yield at, met
