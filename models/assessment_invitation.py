"""An invitation to answer the assessments: one person, one personal link, seven days."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, Moment, now
from models.link import Link, Opens
from models.profile import Profile
from models.tenancy import AccountRow

LIFETIME = timedelta(days=7)
OPEN = text("completed_at IS NULL AND cancelled_at IS NULL")


class AssessmentInvitation(AccountRow, Base):
    """That a person was asked to answer. The link holds seven days from the last sending and until they have finished."""

    __tablename__ = "assessment_invitation"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    invited_by: Mapped[uuid.UUID | None]
    """The member who asked, or for whom an app did; no foreign key, since members may leave."""
    connection_id: Mapped[uuid.UUID | None]
    """The connection through which an app asked; None when a person did."""
    note: Mapped[str] = mapped_column(default="")
    """What the member wrote to the person; always empty when an app asked."""
    assessments: Mapped[list[str]]
    created_at: Mapped[Moment]
    sent_at: Mapped[Moment]
    """When it was last sent: at first, again, or as a reminder that renews the seven days."""
    expires_at: Mapped[Moment]
    opened_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    profile: Mapped[Profile] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_assessment_invitation_open", "account_id", "profile_id", unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        ),
        Index("ix_assessment_invitation_profile", "account_id", "profile_id", "id"),
    )  # fmt: skip

    @property
    def link(self) -> Link:
        """The personal link."""
        return Link(Opens.INVITATION, self.account_id, self.id)

    @property
    def expired(self) -> bool:
        """Whether the seven days are over."""
        return now() >= self.expires_at

    @property
    def open(self) -> bool:
        """Whether the link still leads to the questions."""
        return self.completed_at is None and self.cancelled_at is None and not self.expired
