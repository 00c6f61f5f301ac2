"""A link to the assessments that many people may use, until it is closed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment
from models.link import Link, Opens
from models.tenancy import AccountRow

STILL_OPEN = text("closed_at IS NULL")


class AssessmentLink(AccountRow, Base):
    """An address that anyone who has it may use. The same tags and custom id always give the same open link."""

    __tablename__ = "assessment_link"

    id: Mapped[Id]
    created_by: Mapped[uuid.UUID | None]
    """The member who made it; no foreign key, since members may leave."""
    tag_ids: Mapped[list[str]]
    """Tags that a profile gets by it; one that was deleted meanwhile is passed over."""
    custom_id: Mapped[str | None]
    likeness: Mapped[str]
    """A digest of tags and custom id, by which the same link is found again."""
    finished: Mapped[int] = mapped_column(default=0)
    """How many people have finished by it."""
    created_at: Mapped[Moment]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        Index(
            "uq_assessment_link_open", "account_id", "likeness", unique=True,
            sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN,
        ),
    )  # fmt: skip

    @property
    def link(self) -> Link:
        """The address that is handed out."""
        return Link(Opens.SHARED, self.account_id, self.id)
