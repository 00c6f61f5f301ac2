"""A sitting: one person answering the assessments, over as many visits and devices as they like."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment
from models.link import Link, Opens
from models.tenancy import AccountRow

STATES = ("open", "finished", "held", "discarded")


class Sitting(AccountRow, Base):
    """Where a person stands with their answers. It begins when they agree and ends with results; then the answers are deleted.

    By a shared link anybody can give any address. So a sitting whose address already has a profile ends `held`:
    a Manager looks at it and keeps the results for that profile, or discards them.
    """

    __tablename__ = "sitting"

    id: Mapped[Id]
    invitation_id: Mapped[uuid.UUID | None]
    link_id: Mapped[uuid.UUID | None]
    """The shared link by which the person came; None for a personal invitation."""
    profile_id: Mapped[uuid.UUID | None]
    """Whose results these become: known from the start for an invitation, from the end for a shared link."""
    email: Mapped[str]
    email_key: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    instruments: Mapped[dict[str, Any]]
    """Which version of each instrument is asked, by assessment, fixed at the beginning; also their order."""
    extended: Mapped[bool] = mapped_column(default=False)
    """Whether ten Core Values are asked for and not five."""
    scores: Mapped[dict[str, Any] | None]
    """The results by assessment while they are held; None otherwise."""
    agreed_at: Mapped[Moment]
    touched_at: Mapped[Moment]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'finished', 'held', 'discarded')", name="state"),
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "invitation_id"),
        ForeignKeyConstraint(
            ["account_id", "invitation_id"], ["assessment_invitation.account_id", "assessment_invitation.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "link_id"], ["assessment_link.account_id", "assessment_link.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_sitting_profile", "account_id", "profile_id"),
        Index("ix_sitting_state", "account_id", "state", "touched_at"),
        Index("ix_sitting_link", "account_id", "link_id"),
    )  # fmt: skip

    @property
    def link(self) -> Link:
        """The address at which this sitting goes on, on any device."""
        return Link(Opens.SITTING, self.account_id, self.id)


class Answer(AccountRow, Base):
    """One answer in an open sitting; deleted when the sitting ends."""

    __tablename__ = "answer"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sitting_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    answered_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "sitting_id"], ["sitting.account_id", "sitting.id"], ondelete="CASCADE"),
    )
