"""Which profile has which tag."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import AccountRow, Base


class ProfileTag(AccountRow, Base):
    """A tag on a profile. Composite keys make sure that tag, profile and this row are in one account."""

    __tablename__ = "profile_tag"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    profile_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "tag_id"], ["tag.account_id", "tag.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_profile_tag_profile", "account_id", "profile_id", "tag_id"),
    )
