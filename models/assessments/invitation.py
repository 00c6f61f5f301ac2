"""An invitation to answer the assessments: one person, one personal link, seven days."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, UniqueConstraint, and_, select, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account, checked_language
from models.assessments.invitee import account_in_turn, add_tags_and_custom_id, chosen_tags, invited_profile
from models.assessments.reminders import next_planned, post, withdraw
from models.assessments.signed_link import Link, Opens
from models.audit import Action, Names, creation, record
from models.database import AccountRow, Base, Id, Moment, Page, claim_once, db, now, page_of
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind
from models.profiles import Profile, visible
from models.rate_limits import spend
from models.text import ENGLISH, prose, too_long

LIFETIME = timedelta(days=7)
LONGEST_NOTE = 1_000
# A second sending this soon is a mistake: a double click, or an app that retries.
QUIET = timedelta(minutes=1)
QUIET_FOR_APPS = timedelta(hours=24)
ENDED = lazy_gettext("This person has answered, or the invitation was cancelled. Invite them again for new answers.")
OPEN = text("completed_at IS NULL AND cancelled_at IS NULL")


class AssessmentInvitation(AccountRow, Base):
    """One person's invitation to answer. The link works for seven days after the last sending, until they have finished."""

    __tablename__ = "assessment_invitation"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    email_key: Mapped[str]
    """The address that the link was sent to. The link works only while the profile has this address."""
    invited_by: Mapped[uuid.UUID | None]
    """The member who sent it, or for whom an app did; no foreign key, since members may leave."""
    connection_id: Mapped[uuid.UUID | None]
    """The connection through which an app sent it; None when a person did."""
    language: Mapped[str] = mapped_column(default=ENGLISH)
    """The language of its mails: as its sender chose, then the one in which the person started to answer."""
    note: Mapped[str] = mapped_column(default="")
    """The member's note to the person; always empty when an app sent it."""
    assessments: Mapped[list[str]]
    created_at: Mapped[Moment]
    sent_at: Mapped[Moment]
    """When it was last sent: the first time, again, or as a reminder that renews the seven days."""
    expires_at: Mapped[Moment]
    opened_at: Mapped[datetime | None]
    """When the person agreed and started. Opening the page does not count, since mail scanners do that too."""
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    """When the person said that they do not want to answer. That cancels the invitation."""

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
        language: str | None = None,
    ) -> AssessmentInvitation:
        """Invite somebody: create or find their profile, add the tags, and send a personal link by mail.

        Somebody with an open invitation gets it again, for seven more days; somebody with results can answer again.
        `by` is the member who invites, `connection_id` the connection of the app that does. Without a `language`, the
        mail is in the account's. Raises `Invalid`, `NotFound` or `NotAllowed`.
        """
        account = account_in_turn(account_id)
        asked = {
            "note": "" if connection_id else note_of(note),
            "invited_by": by,
            "connection_id": connection_id,
            "assessments": list(account.assessments),
            "language": checked_language(language) if language else account.language,
        }
        # The address is checked last, so that other errors read the same for a known and an unknown address.
        tags = chosen_tags(account_id, tag_ids)
        profile = invited_profile(account_id, email, first_name, last_name, custom_id, connection_id)
        add_tags_and_custom_id(profile, tags, custom_id)
        known = cls.unanswered(account_id, profile.id)
        if known and not known.is_for_current_address:
            known.cancel()
            known = None
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
            email_key=profile.email_key,
            created_at=moment,
            sent_at=moment,
            expires_at=moment + LIFETIME,
            **asked,
        )
        db.session.add(invitation)
        db.session.flush()
        record(Action.ASSESSMENT_INVITED, ("profile", profile.id), kept=creation(invitation))
        post(invitation, Kind.ASSESSMENT_INVITATION, account.reminder_days)
        return invitation

    @hybrid_property
    def is_unanswered(self) -> bool:
        """Whether it is neither completed nor cancelled; it may have expired."""
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
    def shown(cls) -> Iterator[ColumnElement[bool]]:
        """Conditions on invitations for the caller: only those of people whom they see."""
        return visible(cls.profile_id, cls.account_id)

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> AssessmentInvitation | None:
        """This person's last invitation, in any state."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id, *cls.shown())
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))

    @classmethod
    def unanswered(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> AssessmentInvitation | None:
        """This person's one invitation that is neither completed nor cancelled; it may have expired."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id, *cls.shown())
        return db.session.scalar(statement.where(cls.is_unanswered))

    @classmethod
    def open_in(cls, account_id: uuid.UUID, state: str = "", limit: int = 50, page: int = 1) -> Page:
        """The unanswered invitations, newest first: all, or only those that are `sent`, `opened` or `expired`."""
        statement = select(cls).where(cls.account_id == account_id, cls.is_unanswered, *cls.shown())
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
    def is_for_current_address(self) -> bool:
        """Whether the link was sent to the profile's current address. Somebody else may have the mailbox of a former one."""
        return self.email_key == self.profile.email_key

    @property
    def open(self) -> bool:
        """Whether the link still leads to the questions."""
        return self.is_unanswered and self.is_for_current_address and not self.expired

    @property
    def state(self) -> str:
        """Its state: completed, declined, cancelled, expired, opened or sent."""
        if self.completed_at or self.declined_at:
            return "completed" if self.completed_at else "declined"
        if self.cancelled_at:
            return "cancelled"
        return "expired" if self.expired else "opened" if self.opened_at else "sent"

    @property
    def asked_by(self) -> str:
        """Who sent it, in words: a member, or an app for one."""
        things = [("member", self.invited_by), ("connection", self.connection_id)]
        names = Names.of(self.account_id, [(kind, id_) for kind, id_ in things if id_])
        member = names.get("member", self.invited_by) or "somebody"
        return (
            f"{names.get('connection', self.connection_id) or 'an app'} for {member}" if self.connection_id else member
        )

    @property
    def next_reminder(self) -> datetime | None:
        """When the next reminder is planned."""
        return next_planned(self) if self.open else None

    def just_sent(self, connection_id: uuid.UUID | None = None) -> bool:
        """Whether it was sent so recently that sending it again would be a mistake."""
        return now() - self.sent_at < (QUIET_FOR_APPS if connection_id else QUIET)

    def resend(self) -> bool:
        """Send the same link again, for seven more days; False without sending if that was just done."""
        return self._by_hand(Kind.ASSESSMENT_INVITATION)

    def remind(self) -> bool:
        """Send a reminder now, for seven more days; False without sending if something was just sent."""
        return self._by_hand(Kind.ASSESSMENT_REMINDER)

    def _by_hand(self, kind: Kind) -> bool:
        account = account_in_turn(self.account_id)
        if not self.is_for_current_address:
            raise NotAllowed(str(ENDED))
        if self.just_sent():
            return False
        spend(self.account_id, self.profile.email_key, None)
        if not self._send(account, kind):
            raise NotAllowed(str(ENDED))
        return True

    def _send(self, account: Account, kind: Kind, **asked: Any) -> bool:
        """Restart the seven days and send mail; False if it has been answered or cancelled."""
        moment = now()
        if not self._while_unanswered(sent_at=moment, expires_at=moment + LIFETIME, **asked):
            return False
        again = Action.ASSESSMENT_REMINDED if kind == Kind.ASSESSMENT_REMINDER else Action.INVITATION_SENT_AGAIN
        record(again, ("profile", self.profile_id))
        withdraw(self)
        post(self, kind, account.reminder_days)
        return True

    @classmethod
    def correct(cls, profile: Profile, **fields: str) -> AssessmentInvitation | None:
        """Change a profile. If its address changes, cancel the open invitation and send another one, which is returned.

        The old link may be in the mailbox of a stranger, who could answer with it and see the result.
        """
        account = account_in_turn(profile.account_id)
        profile.update(**fields)
        known = cls.unanswered(profile.account_id, profile.id)
        if known is None or known.is_for_current_address:
            return None
        expired = known.expired
        known.cancel()
        if expired:
            return None
        spend(profile.account_id, profile.email_key, None)
        asked = ("note", "invited_by", "connection_id", "assessments", "language")
        return cls._begin(account, profile, {name: getattr(known, name) for name in asked})

    def decline(self) -> None:
        """The person does not want to answer: end the invitation and send nothing more."""
        if self._while_unanswered(cancelled_at=now(), declined_at=now()):
            record(Action.ASSESSMENT_DECLINED, ("profile", self.profile_id))
            withdraw(self)

    def cancel(self) -> None:
        """Cancel the invitation: the link stops working, and nothing more is sent."""
        if self._while_unanswered(cancelled_at=now()):
            record(Action.INVITATION_CANCELLED, ("profile", self.profile_id))
            withdraw(self)

    def _while_unanswered(self, **changes: Any) -> bool:
        """Change it, unless the person has just finished or it was just cancelled."""
        changed = claim_once(self, AssessmentInvitation.is_unanswered, **changes)
        db.session.refresh(self)
        return changed


# The states of an unanswered invitation, as database conditions.
WAITING: dict[str, Callable[[], tuple[ColumnElement[bool], ...]]] = {
    "": tuple,
    "sent": lambda: (AssessmentInvitation.opened_at.is_(None), AssessmentInvitation.expires_at > now()),
    "opened": lambda: (AssessmentInvitation.opened_at.is_not(None), AssessmentInvitation.expires_at > now()),
    "expired": lambda: (AssessmentInvitation.expires_at <= now(),),
}


def note_of(value: str) -> str:
    """A member's note to a person, with line breaks; raises `Invalid` when it is too long."""
    note = prose(value)
    if len(note) > LONGEST_NOTE:
        raise Invalid("note", too_long(_("A note"), note, LONGEST_NOTE))
    return note
