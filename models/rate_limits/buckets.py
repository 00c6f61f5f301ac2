"""Rate limits, counted in the database and so for all processes together. Each key has a leaky bucket."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Prepared, db, microseconds, only_reading, rollback, table_of, writing
from models.secrets import keyed_digest

MINUTE = 60_000_000
"""In microseconds, like everything here: both databases add and compare whole numbers the same way."""
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Limit:
    """This many a minute in the long run, and at most `at_once` of them at one moment."""

    a_minute: int
    at_once: int
    minute: int = MINUTE
    """The time in which that many leak out again, if it is not a minute."""

    @classmethod
    def per_minute(cls, number: int) -> Limit:
        """A minute's worth, in any distribution."""
        return cls(number, number)

    @classmethod
    def per_day(cls, number: int) -> Limit:
        """A day's worth, in any distribution."""
        return cls(number, number, DAY)

    def step(self, cost: int = 1) -> int:
        """How much fuller the bucket gets: the time in which this many leak out again."""
        return cost * self.minute // self.a_minute

    def latest(self, moment: int, cost: int = 1) -> int:
        """The latest time at which the bucket may be empty for this many more to fit."""
        return moment + self.step(self.at_once) - self.step(cost)

    def beyond(self, moment: int) -> int:
        """No bucket that was filled by a right clock is empty later than this; one that is was filled while a clock was ahead."""
        return moment + self.step(self.at_once) + MINUTE

    def wait(self, empty_at: int, moment: int, cost: int = 1) -> int:
        """Whole seconds until a bucket that is empty at that time has room; 0 if it has."""
        if empty_at > self.beyond(moment):
            return 0
        return max(0, math.ceil((empty_at - self.latest(moment, cost)) / 1_000_000))


@dataclass(frozen=True)
class Counted:
    """What is counted, and its limit."""

    key: str
    limit: Limit


def counted(limit: Limit, kind: str, *parts: object) -> Counted:
    """What is counted under this kind for these parts. They are stored as a keyed digest: no address is in the table."""
    return Counted(f"{kind} {keyed_digest('throttle', [kind, *map(str, parts)])[:32]}", limit)


class Throttle(Base):
    """A bucket. An empty one equals none, and can be deleted at any time."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    empty_at: Mapped[int] = mapped_column(BigInteger, index=True)
    """When everything counted will have leaked out, in microseconds since 1970."""


buckets = table_of(Throttle).c
NUMBERS = ("moment", "step", "latest", "beyond", "first")
MOMENT, STEP, LATEST, BEYOND, FIRST = (bindparam(name, type_=BigInteger) for name in NUMBERS)
KEY: BindParameter[str] = bindparam("bucket")


def has_room(empty_at: Any, latest: Any = LATEST, beyond: Any = BEYOND) -> Any:
    """Whether one more fits into the bucket with this column."""
    return or_(empty_at <= latest, empty_at > beyond)


def fuller(empty_at: Any, step: Any = STEP, beyond: Any = BEYOND) -> Any:
    """The column's value after one more step; what has leaked out since does not count, nor what a wrong clock counted."""
    return case((empty_at.between(MOMENT, beyond), empty_at), else_=MOMENT) + step


def fill_statement(dialect: Any) -> Any:
    # One statement decides and counts, so that parallel requests cannot all count as the last that fits.
    # Without this option, psycopg returns -1 for an INSERT.
    statement = dialect.insert(Throttle).values(key=KEY, empty_at=FIRST).execution_options(preserve_rowcount=True)
    return statement.on_conflict_do_update(
        index_elements=[buckets.key], set_={"empty_at": fuller(buckets.empty_at)}, where=has_room(buckets.empty_at)
    )


FILL = {"sqlite": Prepared(fill_statement(sqlite)), "postgresql": Prepared(fill_statement(postgresql))}
LOOK = Prepared(select(buckets.empty_at).where(buckets.key == KEY))
GIVE_BACK = update(Throttle).where(buckets.key == KEY).values(empty_at=buckets.empty_at - STEP)


def take(*several: Counted) -> int:
    """Count one more of each, or of none, in a separate transaction.

    Returns the seconds to wait until there is room; 0 if counted.
    """
    # A refused flood reads, and writes nothing.
    with only_reading():
        rollback()
        wait = wait_for(*several)
        rollback()
    if wait:
        return wait
    with writing():
        # In one order, so that two requests never wait for each other.
        for one in sorted(several, key=lambda each: each.key):
            if not fill(one):
                rollback()
                return max(1, wait_for(one))
    return 0


def fill(what: Counted, cost: int = 1) -> bool:
    """Count this many more, in the current transaction; False if there is no room, and then nothing is counted."""
    moment, step = microseconds(), what.limit.step(cost)
    bounds = {"latest": what.limit.latest(moment, cost), "beyond": what.limit.beyond(moment)}
    numbers = {"moment": moment, "step": step, "first": moment + step, **bounds}
    return bool(FILL[db.engine.dialect.name].run({"bucket": what.key, **numbers}))


def give_back(*several: Counted) -> None:
    """Uncount one of each, in the current transaction: it was not something that is limited."""
    for one in sorted(several, key=lambda each: each.key):
        db.session.connection().execute(GIVE_BACK, {"bucket": one.key, "step": one.limit.step()})


def wait_for(*several: Counted, cost: int = 1) -> int:
    """Seconds until there is room for this many more of all of these; 0 if there is."""
    return max((one.limit.wait(empty_at_of(one), microseconds(), cost) for one in several), default=0)


def empty_at_of(what: Counted) -> int:
    return LOOK.scalar({"bucket": what.key}) or 0


def forget_empty(most: int) -> int:
    """Delete up to this many empty buckets; returns how many there were."""
    empty = buckets.empty_at <= microseconds()
    found = select(buckets.key).where(empty).order_by(buckets.empty_at).limit(most)
    with only_reading():
        rollback()
        keys = list(db.session.scalars(found))
        rollback()
    with writing():
        return db.session.connection().execute(delete(Throttle).where(buckets.key.in_(keys), empty)).rowcount
