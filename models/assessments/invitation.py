"""An invitation to answer the assessments: one person, one personal link, seven days."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, UniqueConstraint, and_, select, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.assessments.invitee import account_in_turn, chosen_tags, invited_profile, put_marks
from models.assessments.reminders import next_planned, post, withdraw
from models.assessments.signed_link import Link, Opens
from models.audit import Action, Names, record
from models.database import AccountRow, Base, Id, Moment, Page, claim_once, db, now, page_of
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind
from models.profiles import Profile
from models.rate_limits import spend
from models.text import prose

LIFETIME = timedelta(days=7)
LONGEST_NOTE = 1_000
# What is sent again so soon was sent twice by mistake: by a double click, or by an app that tries once more.
QUIET = timedelta(minutes=1)
QUIET_FOR_APPS = timedelta(hours=24)
ENDED = "This person has answered, or the invitation was cancelled. Invite them again for new answers."
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
    """When the person agreed and began. That the page was looked at changes nothing, and mail scanners do that too."""
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    profile: Mapped[Profile] = relationship(lazy="joined")

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_assessment_invitation_open",
            "account_id",
            "profile_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_assessment_invitation_open", "account_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_assessment_invitation_profile", "account_id", "profile_id", "id"),
    )

    @classmethod
    def invite(
        cls,
        account_id: uuid.UUID,
        email: str,
        first_name: str = "",
        last_name: str = "",
        tag_ids: Collection[uuid.UUID] = (),
        custom_id: str | None = None,
        note: str = "",
        by: uuid.UUID | None = None,
        connection_id: uuid.UUID | None = None,
    ) -> AssessmentInvitation:
        """Ask somebody to answer: makes or finds their profile, puts the tags on, and sends mail with a personal link.

        Whoever has an open invitation gets that one again, with seven more days; whoever has results is asked again. `by` is the
        member who asks, `connection_id` the connection through which an app does. Raises `Invalid`, `NotFound` or `NotAllowed`.
        """
        account = account_in_turn(account_id)
        asked = {
            "note": "" if connection_id else note_of(note),
            "invited_by": by,
            "connection_id": connection_id,
            "assessments": list(account.assessments),
        }
        # The address comes last: what else is wrong is told alike of one that is known and one that is not.
        tags = chosen_tags(account_id, tag_ids)
        profile = invited_profile(account_id, email, first_name, last_name, custom_id, connection_id)
        put_marks(profile, tags, custom_id)
        known = cls.unanswered(account_id, profile.id)
        if known and known.just_sent(connection_id):
            return known
        spend(account_id, profile.email_key, connection_id)
        if known and known._send(account, Kind.ASSESSMENT_INVITATION, **asked):
            return known
        return cls._begin(account, profile, asked)

    @classmethod
    def _begin(cls, account: Account, profile: Profile, asked: dict[str, Any]) -> AssessmentInvitation:
        moment = now()
        invitation = cls(
            account_id=account.id,
            profile=profile,
            created_at=moment,
            sent_at=moment,
            expires_at=moment + LIFETIME,
            **asked,
        )
        db.session.add(invitation)
        db.session.flush()
        record(Action.ASSESSMENT_INVITED, ("profile", profile.id))
        post(invitation, Kind.ASSESSMENT_INVITATION, account.reminder_days)
        return invitation

    @hybrid_property
    def is_unanswered(self) -> bool:
        """Whether the person has neither answered nor lost it; its seven days may be over."""
        return self.completed_at is None and self.cancelled_at is None

    @is_unanswered.inplace.expression
    @classmethod
    def _is_unanswered(cls) -> ColumnElement[bool]:
        return and_(cls.completed_at.is_(None), cls.cancelled_at.is_(None))

    @classmethod
    def find(cls, account_id: uuid.UUID, invitation_id: uuid.UUID) -> AssessmentInvitation:
        """The invitation with this id in this account; raises `NotFound`."""
        invitation = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == invitation_id))
        if invitation is None:
            raise NotFound("There is no invitation with this id in this account.")
        return invitation

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> AssessmentInvitation | None:
        """The last invitation that this person got, whatever became of it."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))

    @classmethod
    def unanswered(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> AssessmentInvitation | None:
        """The one invitation that this person has neither answered nor lost; its seven days may be over."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return db.session.scalar(statement.where(cls.is_unanswered))

    @classmethod
    def open_in(cls, account_id: uuid.UUID, state: str = "", limit: int = 50, page: int = 1) -> Page:
        """The invitations that wait for an answer, newest first: all, or those that are `sent`, `opened` or `expired`."""
        statement = select(cls).where(cls.account_id == account_id, cls.is_unanswered)
        return page_of(statement.where(*WAITING[state]()).order_by(cls.id.desc()), limit, page)

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

    @property
    def state(self) -> str:
        """How it stands: completed, cancelled, expired, opened or sent."""
        if self.completed_at or self.cancelled_at:
            return "completed" if self.completed_at else "cancelled"
        return "expired" if self.expired else "opened" if self.opened_at else "sent"

    @property
    def asked_by(self) -> str:
        """Who asked, in words: a member, or an app for one."""
        things = [("member", self.invited_by), ("connection", self.connection_id)]
        names = Names.of(self.account_id, [(kind, id_) for kind, id_ in things if id_])
        member = names.get("member", self.invited_by) or "somebody"
        return (
            f"{names.get('connection', self.connection_id) or 'an app'} for {member}" if self.connection_id else member
        )

    @property
    def next_reminder(self) -> datetime | None:
        """When a reminder is planned to go."""
        return next_planned(self) if self.open else None

    def just_sent(self, connection_id: uuid.UUID | None = None) -> bool:
        """Whether sending now would be sending twice."""
        return now() - self.sent_at < (QUIET_FOR_APPS if connection_id else QUIET)

    def resend(self) -> bool:
        """Send the same link again, with seven more days; False, and nothing, where that has just been done."""
        return self._by_hand(Kind.ASSESSMENT_INVITATION)

    def remind(self) -> bool:
        """Send a reminder now, with seven more days; False, and nothing, where something has just been sent."""
        return self._by_hand(Kind.ASSESSMENT_REMINDER)

    def _by_hand(self, kind: Kind) -> bool:
        account = account_in_turn(self.account_id)
        if self.just_sent():
            return False
        spend(self.account_id, self.profile.email_key, None)
        if not self._send(account, kind):
            raise NotAllowed(ENDED)
        return True

    def _send(self, account: Account, kind: Kind, **asked: Any) -> bool:
        """Begin the seven days anew and post mail; False when it was answered or cancelled meanwhile."""
        moment = now()
        if not self._while_unanswered(sent_at=moment, expires_at=moment + LIFETIME, **asked):
            return False
        again = Action.ASSESSMENT_REMINDED if kind == Kind.ASSESSMENT_REMINDER else Action.INVITATION_SENT_AGAIN
        record(again, ("profile", self.profile_id))
        withdraw(self)
        post(self, kind, account.reminder_days)
        return True

    def cancel(self) -> None:
        """Take the invitation back: the link no longer works, and nothing more is sent."""
        if self._while_unanswered(cancelled_at=now()):
            record(Action.INVITATION_CANCELLED, ("profile", self.profile_id))
            withdraw(self)

    def _while_unanswered(self, **changes: Any) -> bool:
        """Change it, unless the person has finished or it was cancelled at this very moment."""
        changed = claim_once(self, AssessmentInvitation.is_unanswered, **changes)
        db.session.refresh(self)
        return changed


# The states of an invitation that nobody has answered, as the database tells them apart.
WAITING: dict[str, Callable[[], tuple[ColumnElement[bool], ...]]] = {
    "": tuple,
    "sent": lambda: (AssessmentInvitation.opened_at.is_(None), AssessmentInvitation.expires_at > now()),
    "opened": lambda: (AssessmentInvitation.opened_at.is_not(None), AssessmentInvitation.expires_at > now()),
    "expired": lambda: (AssessmentInvitation.expires_at <= now(),),
}


def note_of(value: str) -> str:
    """What a member writes to a person, with line breaks; raises `Invalid` when it is too long."""
    note = prose(value)
    if len(note) > LONGEST_NOTE:
        raise Invalid("note", f"A note can have at most {LONGEST_NOTE:,} characters.")
    return note
