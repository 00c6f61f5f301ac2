"""A person's wish to be removed from an account, which a Manager settles."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Id, Moment
from models.profile import Profile
from models.tenancy import AccountRow

UNSETTLED = text("settled_at IS NULL")


class RemovalRequest(AccountRow, Base):
    """Somebody who has answered asks that their profile be deleted. Deleting the profile settles it; so does a Manager's no."""

    __tablename__ = "removal_request"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    asked_at: Mapped[Moment]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None]
    """The member who declined it; no foreign key, since members may leave."""

    profile: Mapped[Profile] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_removal_request_open", "account_id", "profile_id", unique=True,
            sqlite_where=UNSETTLED, postgresql_where=UNSETTLED,
        ),
    )  # fmt: skip
