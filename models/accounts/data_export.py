"""An export of a whole account: requested by an Owner, made by the worker, stored in pieces for a week."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, record
from models.database import AccountRow, Base, Leased, Moment, claim_once, db, locks, now
from models.errors import NotAllowed, NotFound

KEPT = timedelta(days=7)
MOST_A_DAY = 10
UNFINISHED = text("state IN ('waiting', 'making')")


class DataExport(Leased, Base):
    """One export, unfinished or stored. It holds ids and numbers only; the exported data is in its pieces."""

    __tablename__ = "data_export"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    asked_by: Mapped[uuid.UUID]
    """The member who asked for it; no foreign key, since members may leave."""
    asked_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    """How many rows have been written, of `total`."""
    total: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes of the finished file."""
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    outdated_at: Mapped[datetime | None]
    """When somebody's data was deleted, so that the export that holds it must be removed."""

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'making', 'ready', 'failed', 'ended')", name="state"),
        UniqueConstraint("account_id", "id"),
        Index(
            "uq_data_export_unfinished", "account_id", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
        ),
        Index("ix_data_export_state", "state", "asked_at"),
    )

    @classmethod
    def ask(cls, account_id: uuid.UUID, by: uuid.UUID) -> Self:
        """Request an export, or return the unfinished one. Raises `NotAllowed` after ten a day."""
        if underway := cls.unfinished(account_id):
            return underway
        today = select(func.count()).where(cls.account_id == account_id, cls.asked_at > now() - timedelta(days=1))
        if (db.session.scalar(today) or 0) >= MOST_A_DAY:
            raise NotAllowed(
                _("This account has reached the limit of %(most)s exports a day. Try again tomorrow.", most=MOST_A_DAY)
            )
        export = cls(account_id=account_id, asked_by=by, asked_at=now())
        db.session.add(export)
        db.session.flush()
        record(Action.EXPORT_ASKED, ("data_export", export.id))
        return export

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """Whether it is waiting or being made."""
        return cls.state.in_(("waiting", "making"))

    @classmethod
    def unfinished(cls, account_id: uuid.UUID) -> Self | None:
        """The export of this account that is waiting or being made."""
        return db.session.scalar(select(cls).where(cls.account_id == account_id, UNFINISHED))

    @classmethod
    def newest(cls, account_id: uuid.UUID) -> Self | None:
        """The most recently requested export, in any state."""
        return db.session.scalar(select(cls).where(cls.account_id == account_id).order_by(cls.id.desc()).limit(1))

    @classmethod
    def find(cls, account_id: uuid.UUID, export_id: uuid.UUID) -> Self:
        """The export with this id in this account; raises `NotFound`."""
        export = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == export_id))
        if export is None:
            raise NotFound("There is no export with this id in this account.")
        return export

    @property
    def available(self) -> bool:
        """Whether it can be downloaded."""
        fresh = self.expires_at is not None and now() < self.expires_at
        return self.state == "ready" and self.outdated_at is None and fresh

    @property
    def percent(self) -> int:
        """The percentage that has been written."""
        return min(99, 100 * self.done // self.total) if self.total else 0

    def hand_out(self) -> None:
        """Record that it is being downloaded; raises `NotFound` once it is no longer stored."""
        if not self.available:
            raise NotFound("This export is no longer available.")
        record(Action.EXPORT_DOWNLOADED, ("data_export", self.id))

    def remove(self) -> None:
        """Stop storing it; its pieces are removed within minutes."""
        if claim_once(self, DataExport.state == "ready", state="ended", expires_at=now()):
            record(Action.EXPORT_REMOVED, ("data_export", self.id))

    @classmethod
    def outdate(cls, account_id: uuid.UUID) -> None:
        """Remove every export, since it may hold data that is being deleted. One that is being made starts again."""
        # An export that is about to start waits here until the deletion is committed (`start_after_deletions`).
        locks.share_deletions(account_id)
        holding = update(cls).where(cls.account_id == account_id, cls.state.in_(("waiting", "making", "ready")))
        db.session.execute(holding.where(cls.outdated_at.is_(None)).values(outdated_at=now()))

    @staticmethod
    def start_after_deletions(account_id: uuid.UUID) -> None:
        """Wait for deletions that have not committed: an export that reads before that would hold what they delete."""
        locks.await_deletions(account_id)


class DataExportPiece(AccountRow, Base):
    """A piece of an export's file. It is in the database because web and worker may not share a disk (docs/decisions)."""

    __tablename__ = "data_export_piece"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    export_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]

    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "export_id"], ["data_export.account_id", "data_export.id"], ondelete="CASCADE"
        ),
    )


def pieces_of(account_id: uuid.UUID, export_id: uuid.UUID) -> Iterator[bytes]:
    """The file, piece by piece, for the current account. No transaction is open while a piece is being sent."""
    this, number = (DataExportPiece.account_id == account_id, DataExportPiece.export_id == export_id), 0
    while content := db.session.scalar(select(DataExportPiece.content).where(*this, DataExportPiece.number == number)):
        db.session.rollback()
        yield content
        number += 1
