"""How often something may be done: counted in the database, so for all processes together. Each key has a bucket that leaks."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, bindparam, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, db, only_reading, table_of, writing
from models.secrets import keyed_digest

MINUTE = 60_000_000
"""In microseconds, as everything here: both databases add and compare whole numbers alike."""


@dataclass(frozen=True)
class Limit:
    """So many a minute in the long run, and at most `at_once` of them at one moment."""

    a_minute: int
    at_once: int

    @classmethod
    def per_minute(cls, number: int) -> Limit:
        """A minute's worth, however it is spread."""
        return cls(number, number)

    def step(self, cost: int = 1) -> int:
        """How much fuller the bucket is for so many more: the time in which they leak out again."""
        return cost * MINUTE // self.a_minute

    def latest(self, moment: int, cost: int = 1) -> int:
        """The bucket has room for so many more if it will be empty at this moment or sooner."""
        return moment + self.step(self.at_once) - self.step(cost)

    def wait(self, empty_at: int, moment: int, cost: int = 1) -> int:
        """Whole seconds until a bucket that will be empty then has room; 0 when it has."""
        return max(0, math.ceil((empty_at - self.latest(moment, cost)) / 1_000_000))


@dataclass(frozen=True)
class Counted:
    """What is counted, and how much of it is allowed."""

    key: str
    limit: Limit


def counted(limit: Limit, kind: str, *parts: object) -> Counted:
    """What is counted under this kind for these parts. They are kept as a keyed digest: no address stands in the table."""
    return Counted(f"{kind} {keyed_digest('throttle', [kind, *map(str, parts)])[:32]}", limit)


class Throttle(Base):
    """A bucket. One that is empty is as good as none, and may be removed at any time."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    empty_at: Mapped[int] = mapped_column(BigInteger, index=True)
    """When all that was counted will have leaked out, in microseconds since 1970."""


buckets = table_of(Throttle).c
NUMBERS = ("moment", "step", "latest", "first")
MOMENT, STEP, LATEST, FIRST = (bindparam(name, type_=BigInteger) for name in NUMBERS)
KEY: BindParameter[str] = bindparam("bucket")


def fuller(empty_at: Any) -> Any:
    """The column's value after one step more; what has leaked out meanwhile does not count."""
    return case((empty_at > MOMENT, empty_at), else_=MOMENT) + STEP


def fill_statement(dialect: Any) -> Any:
    # One statement decides and counts, so that parallel requests cannot all be counted as the last that fits.
    # psycopg would say -1 of an INSERT unless it is asked to keep the number.
    statement = dialect.insert(Throttle).values(key=KEY, empty_at=FIRST).execution_options(preserve_rowcount=True)
    return statement.on_conflict_do_update(
        index_elements=[buckets.key], set_={"empty_at": fuller(buckets.empty_at)}, where=buckets.empty_at <= LATEST
    )


FILL = {"sqlite": fill_statement(sqlite), "postgresql": fill_statement(postgresql)}
LOOK = select(buckets.empty_at).where(buckets.key == KEY)
GIVE_BACK = update(Throttle).where(buckets.key == KEY).values(empty_at=buckets.empty_at - STEP)


def microseconds() -> int:
    """The present moment."""
    return time.time_ns() // 1_000


def take(*several: Counted) -> int:
    """Count one more of each, or of none: a unit of work of its own. Returns the seconds to wait until there is room; 0 when counted."""
    # A flood that is refused reads, and writes nothing.
    with only_reading():
        db.session.rollback()
        wait = wait_for(*several)
        db.session.rollback()
    if wait:
        return wait
    with writing():
        # In one order, so that two requests never hold what the other waits for.
        for one in sorted(several, key=lambda each: each.key):
            if not fill(one):
                db.session.rollback()
                return max(1, wait_for(one))
    return 0


def fill(what: Counted, cost: int = 1) -> bool:
    """Count so many more, in the transaction that is open; False when there is no room, and then nothing is counted."""
    connection, moment, step = db.session.connection(), microseconds(), what.limit.step(cost)
    numbers = {"moment": moment, "step": step, "latest": what.limit.latest(moment, cost), "first": moment + step}
    return bool(connection.execute(FILL[connection.dialect.name], {"bucket": what.key, **numbers}).rowcount)


def give_back(*several: Counted) -> None:
    """Uncount one of each: it was not what is limited. In the transaction that is open."""
    for one in sorted(several, key=lambda each: each.key):
        db.session.connection().execute(GIVE_BACK, {"bucket": one.key, "step": one.limit.step()})


def wait_for(*several: Counted, cost: int = 1) -> int:
    """Seconds until there is room for so many more of all of these; 0 when there is."""
    return max((one.limit.wait(empty_at_of(one), microseconds(), cost) for one in several), default=0)


def empty_at_of(what: Counted) -> int:
    return db.session.connection().execute(LOOK, {"bucket": what.key}).scalar() or 0


def forget_empty(most: int) -> int:
    """Remove so many empty buckets at most; returns how many there were."""
    empty = buckets.empty_at <= microseconds()
    found = select(buckets.key).where(empty).order_by(buckets.empty_at).limit(most)
    with only_reading():
        db.session.rollback()
        keys = list(db.session.scalars(found))
        db.session.rollback()
    with writing():
        return db.session.connection().execute(delete(Throttle).where(buckets.key.in_(keys), empty)).rowcount
