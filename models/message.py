"""Mail that must be sent: written in the transaction of what caused it, sent by the worker afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment, db, new_id, now

STATES = ("waiting", "sent", "kept", "failed", "dropped")


class Kind(StrEnum):
    """What a message says; its template is `templates/mail/<kind>`."""

    ASSESSMENT_INVITATION = "assessment_invitation"
    ASSESSMENT_REMINDER = "assessment_reminder"
    MEMBER_INVITATION = "member_invitation"
    RESULTS_ARRIVED = "results_arrived"
    REMOVAL_ASKED = "removal_asked"
    APP_CONNECTED = "app_connected"
    APP_WIDENED = "app_widened"
    APP_CUT_OFF = "app_cut_off"


class Message(Base):
    """One mail to one address. It holds no text and no link: both are made from what it is about, at the moment of sending."""

    __tablename__ = "message"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    profile_id: Mapped[uuid.UUID | None]
    """The profile it is about, with which it is deleted."""
    kind: Mapped[str]
    recipient: Mapped[str]
    about_id: Mapped[uuid.UUID | None]
    """The invitation, connection or other thing that the text is made from."""
    facts: Mapped[dict[str, Any]]
    """What else the text needs: ids and enumerated words, never what somebody typed."""
    message_id: Mapped[str]
    """The Message-ID header, fixed here, so that a duplicate can be recognised."""
    state: Mapped[str] = mapped_column(default="waiting")
    """`kept` is a message that nobody sends, since no mail server is configured; `dropped` one that had become pointless."""
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    """When it was sent, kept, dropped or given up."""
    failure: Mapped[str | None]
    """Why the last attempt failed, in a sentence without secrets."""

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'kept', 'failed', 'dropped')", name="state"),
        UniqueConstraint("message_id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_account", "account_id", "id"),
        Index("ix_message_profile", "account_id", "profile_id"),
    )

    @classmethod
    def post(
        cls, kind: Kind, recipient: str, about_id: uuid.UUID | None = None, account_id: uuid.UUID | None = None,
        profile_id: uuid.UUID | None = None, due_at: datetime | None = None, facts: Mapping[str, Any] | None = None,
    ) -> Self:  # fmt: skip
        """Say that this must be sent, now or at `due_at`; it will be, once the present transaction is committed."""
        id_ = new_id()
        message = cls(
            id=id_, kind=kind, recipient=recipient, about_id=about_id, account_id=account_id, profile_id=profile_id,
            facts=dict(facts or {}), message_id=f"{id_.hex}@profile", created_at=now(), due_at=due_at or now(),
        )  # fmt: skip
        db.session.add(message)
        db.session.flush()
        return message
