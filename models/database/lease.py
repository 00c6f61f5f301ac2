"""Work for one worker at a time: leased until a given time, so that another worker takes over if this one stops."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, Update, and_, literal, or_, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session

from models.database.base import Id, UTCDateTime, now, rows_changed

CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of two machines may differ, or one of them jump."""


class Leased:
    """A row that describes work."""

    id: Mapped[Id]
    claimed_until: Mapped[datetime | None]
    """No other worker takes it before this time."""
    LONGEST: ClassVar[timedelta] = timedelta(minutes=2)
    """No lease lasts longer."""

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """Whether there is still work to do."""
        raise NotImplementedError

    @classmethod
    def is_free(cls) -> ColumnElement[bool]:
        """Whether there is still work to do, and nobody is doing it.

        A lease that ends later than any can was taken while a clock was ahead. Until that time comes, nobody would work here.
        """
        moment = now()
        no_lease = cls.claimed_until > cls.latest_end(moment + CLOCKS_DIFFER)
        return and_(cls.is_unfinished(), or_(cls.claimed_until.is_(None), cls.claimed_until < moment, no_lease))

    @classmethod
    def latest_end(cls, moment: datetime) -> ColumnElement[datetime]:
        """When the longest lease ends that was taken at this moment."""
        return literal(moment + cls.LONGEST, UTCDateTime())


def bring_forward(
    model: type[Leased], due_at: InstrumentedAttribute[datetime], made_at: Any, pause: timedelta | None = None
) -> int:
    """Let work that was due at once while a clock was ahead, or after no longer `pause` than this, be due now; returns how much."""
    moment = now()
    ahead = moment + CLOCKS_DIFFER
    wrong = and_(made_at > ahead, due_at <= made_at)
    if pause is not None:
        wrong = or_(wrong, due_at > ahead + pause)
    return rows_changed(update(model).where(model.is_unfinished(), wrong).values({due_at: moment}))


@dataclass
class Lease:
    """One worker's lease on one row. Once it is lost, its changes have no effect."""

    model: type[Leased]
    id: uuid.UUID
    until: datetime
    """It also distinguishes this lease from any other on the same row."""

    @classmethod
    def take(
        cls, model: type[Leased], id_: uuid.UUID, lasts: timedelta, *due: ColumnElement[bool], **values: Any
    ) -> Self | None:
        """Lease a row that is free and `due`; None if another worker has it, or there is no work."""
        until = now() + lasts
        free = update(model).where(model.id == id_, model.is_free(), *due)
        return cls(model, id_, until) if rows_changed(free.values(claimed_until=until, **values)) == 1 else None

    def mine(self) -> Update:
        """An UPDATE that matches the row while the lease is ours."""
        mine = update(self.model).where(self.model.id == self.id, self.model.claimed_until == self.until)
        return mine.where(self.model.is_unfinished())

    def change(self, **values: Any) -> bool:
        """Change the row; False if the lease is no longer ours."""
        return rows_changed(self.mine().values(**values)) == 1

    def renew(self, lasts: timedelta, session: Session | None = None, **values: Any) -> bool:
        """Extend the lease, with these changes; False if it is no longer ours."""
        until = now() + lasts
        renewed = rows_changed(self.mine().values(claimed_until=until, **values), session) == 1
        if renewed:
            self.until = until
        return renewed

    def release(self, **values: Any) -> bool:
        """End the lease, with these changes; False if it is no longer ours."""
        return self.change(claimed_until=None, **values)
