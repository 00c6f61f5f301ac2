"""Changing one's e-mail address: it takes effect when the person, signed in, opens the link sent to the new address."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member, User
from models.audit import Action
from models.database import Base, Moment, OneTimeLink, claim_once, db, new_id, now, unique
from models.errors import Invalid
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.mail import Kind, Message
from models.rate_limits import Daily, counted
from models.rate_limits.invitation_quota import take
from models.secrets import EMAIL_CHANGE
from models.text import email_address, email_key

LIFETIME = timedelta(days=1)
MAILS = Daily.of(10)
ENDED = lazy_gettext("This link was used or has expired. Ask for the change again.")
TAKEN = lazy_gettext("This address cannot be used. Somebody else already signs in with it.")


class EmailChange(OneTimeLink, Base):
    """A requested new address. The secret of its link is derived, so that the mail can be rendered when it is sent."""

    __tablename__ = "email_change"
    PREFIX, PURPOSE = EMAIL_CHANGE, "email change"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """When it was confirmed, cancelled or replaced."""

    user: Mapped[User] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def ask(cls, person: User, email: str) -> EmailChange:
        """Send a link to the new address, and a notice to the current one; raises `Invalid`.

        The page does not say whether somebody else has the new address: only the mail to that address does.
        """
        address = email_address(email)
        if address == person.email:
            raise Invalid("email", _("This is already your address."))
        take(
            counted(MAILS, "e-mail changes", person.id),
            1,
            _("You have reached the limit of %(most)s requests a day.", most=MAILS.at_once),
        )
        cls.end_open(person.id)
        change = cls(id=new_id(), user_id=person.id, user=person, email=address, expires_at=now() + LIFETIME)
        change.seal()
        db.session.add(change)
        db.session.flush()
        Message.post(Kind.EMAIL_CHANGE, address, change.id, user_id=person.id)
        notify(person, Kind.EMAIL_CHANGE_ASKED)
        Member.record_everywhere(Action.EMAIL_CHANGE_ASKED, person.id)
        return change

    @classmethod
    def open_of(cls, user_id: uuid.UUID) -> EmailChange | None:
        """This person's pending change."""
        waiting = select(cls).where(cls.user_id == user_id, cls.ended_at.is_(None))
        change = db.session.scalar(waiting.order_by(cls.id.desc()).limit(1))
        return change if change and change.secret else None

    @classmethod
    def asked_by(cls, user_id: uuid.UUID, secret: str) -> EmailChange | None:
        """The change with this link, while it works and if this person requested it."""
        change = cls.by_secret(secret)
        return change if change and change.user_id == user_id and change.secret else None

    @property
    def secret(self) -> str | None:
        """The secret of the link; None if it was used or has expired, or the person's address or password has changed."""
        return None if self.ended_at or self.expired else super().secret

    def bound_to(self) -> tuple[str, ...]:
        return self.user.email_key, self.user.password_hash or ""

    def confirm(self, person: User, this_session: uuid.UUID) -> None:
        """Change to the new address, and sign out every other browser.

        Raises `Invalid` if the link was just used or somebody else has the address.
        """
        works = EmailChange.ended_at.is_(None), EmailChange.expires_at > now()
        if not claim_once(self, *works, ended_at=now()):
            raise Invalid("email", str(ENDED))
        change_email(person, self.email, this_session)

    @classmethod
    def end_open(cls, user_id: uuid.UUID) -> None:
        """Invalidate this person's earlier links."""
        db.session.execute(update(cls).where(cls.user_id == user_id, cls.ended_at.is_(None)).values(ended_at=now()))


def change_email(person: User, email: str, this_session: uuid.UUID | None = None) -> None:
    """Change a person's address to one known to be theirs, sign them out elsewhere, and notify the old one. Raises `Invalid`."""
    address, before = email_address(email), person.email
    other = User.by_email(address)
    if other is not None and other.id != person.id:
        raise Invalid("email", str(TAKEN))
    with unique(User.email_key, Invalid("email", str(TAKEN))):
        person.email, person.email_key = address, email_key(address)
    EmailChange.end_open(person.id)
    # Anyone who signed in through the old mailbox must be signed out.
    LoginSession.end_all(person.id, but=this_session)
    Member.record_everywhere(Action.EMAIL_CHANGED, person.id)
    notify(person, Kind.EMAIL_CHANGED, to=before)
