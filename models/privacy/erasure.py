"""Deletions that take their time: of an account, after a fortnight for second thoughts; of what trails still say of a person."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, and_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Leased, Moment, db

OPEN = text("finished_at IS NULL AND cancelled_at IS NULL")


class Erasure(Leased, Base):
    """One deletion: asked for, begun, finished, or cancelled before it began. It stays as the record of that, with ids and numbers only.

    No foreign keys: it outlives what it deletes.
    """

    __tablename__ = "erasure"

    kind: Mapped[str]
    """`account`, or `person` for what the trails of their accounts still say of somebody who has deleted their sign-in."""
    subject_id: Mapped[uuid.UUID]
    account_ids: Mapped[list[str]] = mapped_column(JSON)
    """Whose trails are gone through."""
    asked_by: Mapped[uuid.UUID | None]
    """The member who asked."""
    asked_at: Mapped[Moment]
    due_at: Mapped[Moment]
    begun_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    """How many rows have been deleted, of `total`."""
    total: Mapped[int] = mapped_column(default=0)
    retention_days: Mapped[int]
    """How long the account kept its trail; what is left of that ends then too."""
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('account', 'person')", name="kind"),
        Index("uq_erasure_open", "subject_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_erasure_due", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """That it is neither cancelled nor finished."""
        return and_(cls.finished_at.is_(None), cls.cancelled_at.is_(None))

    @classmethod
    def of_account(cls, account_id: uuid.UUID) -> Self | None:
        """The deletion of this account that was asked for and is neither cancelled nor finished."""
        return db.session.scalar(select(cls).where(cls.subject_id == account_id, cls.kind == "account", OPEN))

    @classmethod
    def deleted_accounts(cls) -> list[tuple[uuid.UUID, int]]:
        """The accounts that are no more, each with the days for which its trail is kept."""
        gone = select(cls.subject_id, cls.retention_days).where(cls.kind == "account", cls.finished_at.is_not(None))
        return [(account_id, days) for account_id, days in db.session.execute(gone)]

    @classmethod
    def finished_since(cls, moment: datetime) -> bool:
        """Whether anything was deleted for good since then."""
        return db.session.scalar(select(cls.id).where(cls.finished_at > moment).limit(1)) is not None

    @property
    def percent(self) -> int:
        """How much has been deleted."""
        return min(99, 100 * self.done // self.total) if self.total else 0
