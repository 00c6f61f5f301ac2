"""Mail to be sent: stored in the transaction that caused it, sent by the worker afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    case,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, record
from models.database import Base, Leased, Moment, UTCDateTime, claim_once, db, new_id, now, rows_changed
from models.errors import NotAllowed
from models.request_scope import Resource, current_scope

REMEMBERED = timedelta(days=90)
# Longer than a conversation with the mail server can last (models/mail/smtp.py), so that nobody else sends in that
# time.
LASTS = timedelta(seconds=120)
# After each temporary failure; a mail server that is down for most of a day loses nothing.
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]


class Kind(StrEnum):
    """The kind of a message; its template is `templates/mail/<kind>`."""

    ASSESSMENT_INVITATION = "assessment_invitation"
    ASSESSMENT_REMINDER = "assessment_reminder"
    MEMBER_INVITATION = "member_invitation"
    OWNER_INVITATION = "owner_invitation"
    ROLE_CHANGED = "role_changed"
    MEMBER_REMOVED = "member_removed"
    RESULTS_ARRIVED = "results_arrived"
    REMOVAL_ASKED = "removal_asked"
    REMOVAL_DECLINED = "removal_declined"
    APP_CONNECTED = "app_connected"
    APP_WIDENED = "app_widened"
    APP_CUT_OFF = "app_cut_off"
    APP_ELSEWHERE = "app_elsewhere"
    APP_STOPPED = "app_stopped"
    APP_RENAMED = "app_renamed"
    APP_MOVED = "app_moved"
    APP_ASKS = "app_asks"
    APP_ALARM = "app_alarm"
    APP_DIGEST = "app_digest"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    EMAIL_CHANGE = "email_change"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGED = "email_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    EXPORT_READY = "export_ready"
    DELETION_ASKED = "deletion_asked"
    DELETION_CANCELLED = "deletion_cancelled"
    ACCOUNT_DELETED = "account_deleted"
    SIGN_IN_DELETED = "sign_in_deleted"
    TEST_MAIL = "test_mail"


class Message(Leased, Base):
    """One mail to one address. It holds no text and no link: both are rendered when it is sent."""

    __tablename__ = "message"

    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    profile_id: Mapped[uuid.UUID | None]
    """The profile it is about. Deleting the profile deletes it too."""
    kind: Mapped[str]
    recipient: Mapped[str]
    user_id: Mapped[uuid.UUID | None]
    """The person who signs in, if it is for one: it is part of their data, whatever their address is later.

    No foreign key: the address alone says nothing, since somebody else may have had it before.
    """
    about_id: Mapped[uuid.UUID | None]
    """The invitation, connection or other thing that the text is rendered from."""
    facts: Mapped[dict[str, Any]]
    """What else the text needs: ids and enumerated words, never what somebody typed."""
    message_id: Mapped[str]
    """The Message-ID header, fixed here, so that a duplicate can be recognised."""
    state: Mapped[str] = mapped_column(default="waiting")
    """`kept` means that no mail server is configured; `dropped` that it became pointless."""
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    """When it was sent, kept, dropped or failed."""
    failure: Mapped[str | None]
    """Why the last attempt failed, in a sentence without secrets."""

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'kept', 'failed', 'dropped')", name="state"),
        UniqueConstraint("message_id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_account", "account_id", "id"),
        Index("ix_message_outbox", "account_id", "state", "id"),
        Index("ix_message_settled", "settled_at"),
        Index("ix_message_profile", "account_id", "profile_id"),
        Index("ix_message_user", "user_id"),
    )

    @classmethod
    def post(
        cls,
        kind: Kind,
        recipient: str,
        about_id: uuid.UUID | None = None,
        account_id: uuid.UUID | None = None,
        profile_id: uuid.UUID | None = None,
        due_at: datetime | None = None,
        facts: Mapping[str, Any] | None = None,
        user_id: uuid.UUID | None = None,
    ) -> Self:
        """Send a message, now or at `due_at`, after the current transaction is committed."""
        message = cls(**cls.row(kind, recipient, about_id, account_id, profile_id, due_at, facts), user_id=user_id)
        db.session.add(message)
        db.session.flush()
        return message

    @classmethod
    def post_many(cls, rows: Sequence[Mapping[str, Any]]) -> None:
        """Post many at once, given as `row` makes them."""
        if rows:
            db.session.connection().execute(insert(cls), rows)

    @staticmethod
    def row(
        kind: Kind,
        recipient: str,
        about_id: uuid.UUID | None = None,
        account_id: uuid.UUID | None = None,
        profile_id: uuid.UUID | None = None,
        due_at: datetime | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The row of a message that is sent now."""
        id_, moment = new_id(), now()
        return {
            "id": id_,
            "kind": kind,
            "recipient": recipient,
            "about_id": about_id,
            "account_id": account_id,
            "profile_id": profile_id,
            "facts": dict(facts or {}),
            "message_id": f"{id_.hex}@{_domain}",
            "created_at": moment,
            "due_at": due_at or moment,
        }

    @property
    def planned(self) -> bool:
        """Whether its time has not come yet."""
        return self.state == "waiting" and self.due_at > now()

    @classmethod
    def due(cls, limit: int, *, newest_first: bool = False) -> list[uuid.UUID]:
        """The messages that should be sent now, those that waited longest first, or last."""
        order = (cls.due_at.desc(), cls.id.desc()) if newest_first else (cls.due_at, cls.id)
        statement = select(cls.id).where(cls.is_free(), cls.due_at <= now()).order_by(*order)
        return list(db.session.scalars(statement.limit(limit)))

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """Whether it is neither sent nor failed.

        It is leased while it is being sent, and during the pause after a failed attempt.
        """
        return cls.state == "waiting"

    @classmethod
    def latest_end(cls, moment: datetime) -> ColumnElement[datetime]:
        """When the lease or the pause after this attempt ends, if it began at this moment."""
        ends = [literal(moment + max(LASTS, pause), UTCDateTime()) for pause in PAUSES]
        return case(dict(enumerate(ends, 1)), value=cls.attempts, else_=ends[0])

    @property
    def resources(self) -> list[Resource]:
        """What the audit log names: the person it is for or about."""
        if self.profile_id is not None:
            return [("profile", self.profile_id)]
        if self.kind == Kind.MEMBER_INVITATION and self.about_id is not None:
            return [("member_invitation", self.about_id)]
        return []

    def send_again(self) -> None:
        """Try again to send a kept or failed message; raises `NotAllowed` for any other."""
        again = {"due_at": now(), "claimed_until": None, "attempts": 0, "settled_at": None, "failure": None}
        if not claim_once(self, Message.state.in_(["kept", "failed"]), state="waiting", **again):
            raise NotAllowed("This message did not fail, so it cannot be sent again here.")
        record(Action.MAIL_SENT_AGAIN, *self.resources, values={"kind": self.kind})

    def cancel(self) -> None:
        """Never send it; raises `NotAllowed` if it is already due."""
        planned = Message.state == "waiting", Message.due_at > now()
        if not claim_once(self, *planned, state="dropped", settled_at=now()):
            raise NotAllowed("This message is no longer scheduled, so it cannot be cancelled.")
        record(Action.MAIL_CANCELLED, *self.resources, values={"kind": self.kind})

    @classmethod
    def withdraw(cls, account_id: uuid.UUID, about_id: uuid.UUID, profile_id: uuid.UUID | None = None) -> None:
        """Drop every unsent message about this thing; one that is being sent right now is sent."""
        about = update(cls).where(cls.account_id == account_id, cls.about_id == about_id, cls.state == "waiting")
        if profile_id is not None:
            about = about.where(cls.profile_id == profile_id)
        db.session.execute(about.values(state="dropped", settled_at=now()))

    @classmethod
    def reap(cls) -> int:
        """Delete messages that were settled three months ago; returns how many."""
        old = cls.settled_at < now() - REMEMBERED
        return rows_changed(delete(cls).where(old, cls.state != "waiting"))


class Person(Protocol):
    """Somebody who signs in."""

    id: Any
    email: Any


def notify_of_app(kind: Kind, account_id: uuid.UUID, connection_id: uuid.UUID, person: Person, **facts: Any) -> None:
    """Mail a member what has just happened to one of their connections, and from which network."""
    facts |= {"network": current_scope().actor.address}
    Message.post(kind, person.email, connection_id, account_id, facts=facts, user_id=person.id)


# Set once for the process when the app is created: it depends on no request, and models do not know the app.
_domain = "profile.invalid"


def use_domain(domain: str) -> None:
    """Set the domain after the @ of every Message-ID."""
    global _domain
    _domain = domain
