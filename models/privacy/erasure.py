"""Deletions that take a while: of an account, a fortnight after the request; of a person's data in audit logs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, and_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Leased, Moment, db

OPEN = text("finished_at IS NULL AND cancelled_at IS NULL")


class Erasure(Leased, Base):
    """One deletion: requested, begun, finished, or cancelled before it began. The row remains as a record, with ids and numbers only.

    It has no foreign keys, since it outlives what it deletes.
    """

    __tablename__ = "erasure"

    kind: Mapped[str]
    """`account`, or `person` for the data about somebody with a deleted sign-in in the audit logs of their accounts."""
    subject_id: Mapped[uuid.UUID]
    account_ids: Mapped[list[str]] = mapped_column(JSON)
    """The accounts whose audit logs are searched."""
    connection_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The connections of a deleted person: entries about them name apps that only this person may have had."""
    asked_by: Mapped[uuid.UUID | None]
    """The member who requested it."""
    asked_at: Mapped[Moment]
    due_at: Mapped[Moment]
    begun_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    """How many rows have been deleted, of `total`."""
    total: Mapped[int] = mapped_column(default=0)
    retention_days: Mapped[int]
    """How long the account kept its audit log; what is left of it expires then too."""
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('account', 'person')", name="kind"),
        Index("uq_erasure_open", "subject_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_erasure_due", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """Whether it is neither cancelled nor finished."""
        return and_(cls.finished_at.is_(None), cls.cancelled_at.is_(None))

    @classmethod
    def of_account(cls, account_id: uuid.UUID) -> Self | None:
        """The deletion of this account that is neither cancelled nor finished."""
        return db.session.scalar(select(cls).where(cls.subject_id == account_id, cls.kind == "account", OPEN))

    @classmethod
    def deleted_accounts(cls) -> list[tuple[uuid.UUID, int]]:
        """The deleted accounts, each with its audit log retention in days."""
        gone = select(cls.subject_id, cls.retention_days).where(cls.kind == "account", cls.finished_at.is_not(None))
        return [(account_id, days) for account_id, days in db.session.execute(gone)]

    @classmethod
    def finished_since(cls, moment: datetime) -> bool:
        """Whether anything was deleted permanently since then."""
        return db.session.scalar(select(cls.id).where(cls.finished_at > moment).limit(1)) is not None

    @property
    def percent(self) -> int:
        """The percentage that has been deleted."""
        return min(99, 100 * self.done // self.total) if self.total else 0
