"""That a debrief is to be written: asked for in one transaction, written by the worker afterwards."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment, db, now
from models.profile import Profile

UNFINISHED = text("state IN ('waiting', 'writing')")


class DebriefRequest(Base):
    """One debrief on its way: waiting, being written, written, or given up with a reason. It holds ids only, no scores."""

    __tablename__ = "debrief_request"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    profile_id: Mapped[uuid.UUID]
    asked_by: Mapped[uuid.UUID | None]
    """The member who asked for a new one; None when results came in. No foreign key, since members may leave."""
    asked_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[Moment]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'writing', 'written', 'failed')", name="state"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_debrief_request_open", "account_id", "profile_id", unique=True,
            sqlite_where=UNFINISHED, postgresql_where=UNFINISHED,
        ),
        Index("ix_debrief_request_due", "state", "due_at"),
        Index("ix_debrief_request_profile", "account_id", "profile_id", "id"),
    )  # fmt: skip

    @classmethod
    def ask(cls, profile: Profile, by: uuid.UUID | None = None) -> Self:
        """Ask for a new debrief; one that is already on its way is returned as it is."""
        if unfinished := cls.newest(profile.account_id, profile.id, unfinished=True):
            return unfinished
        request = cls(account_id=profile.account_id, profile_id=profile.id, asked_by=by, asked_at=now(), due_at=now())
        db.session.add(request)
        db.session.flush()
        return request

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID, *, unfinished: bool = False) -> Self | None:
        """The last request for a profile; with `unfinished`, only one that still waits or is being written."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        if unfinished:
            statement = statement.where(UNFINISHED)
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))
