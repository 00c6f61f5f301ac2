"""A file of people to be invited, kept while somebody looks at what will happen, and confirmed once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment
from models.tenancy import AccountRow

KEPT = timedelta(hours=1)


class InvitationFile(AccountRow, Base):
    """The people of a file, checked. They are personal data: gone when the file is confirmed or thrown away, and after an hour."""

    __tablename__ = "invitation_file"

    id: Mapped[Id]
    member_id: Mapped[uuid.UUID]
    """Who gave the file, and alone sees and confirms it."""
    read_as: Mapped[str]
    """The encoding that the file was taken to have."""
    note: Mapped[str] = mapped_column(default="")
    """What the member writes to all of them."""
    people: Mapped[list[Any]] = mapped_column(JSON)
    """Line by line what the file says, and what will happen; empty once that has happened."""
    counts: Mapped[dict[str, Any]]
    """How many of them will be invited, invited again, left out."""
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "member_id"], ["member.account_id", "member.id"], ondelete="CASCADE"),
        Index("ix_invitation_file_expires", "account_id", "expires_at"),
    )
