"""A link to choose a new password after forgetting the old one: it works once, for an hour, and skips no second factor."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from flask_babel import lazy_gettext
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member, User
from models.audit import Action
from models.database import Base, Moment, OneTimeLink, claim_once, db, new_id, now
from models.errors import Invalid
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.mail import Kind, Message
from models.rate_limits import Daily, counted, fill
from models.secrets import PASSWORD_RESET

LIFETIME = timedelta(hours=1)
ENDED = lazy_gettext("This link was used or has expired. Ask for a new one.")
# Anybody who knows an address can request mail to it; the limit keeps that mailbox from being flooded.
BY_NETWORK, BY_ALL = Daily.of(5), Daily.of(20)


class PasswordReset(OneTimeLink, Base):
    """A link to set a new password. The secret is derived, so that the mail can be rendered when it is sent."""

    __tablename__ = "password_reset"
    PREFIX, PURPOSE = PASSWORD_RESET, "password reset"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Moment] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def ask(cls, email: str, network: str, *, known: bool) -> None:
        """Mail a link to the person with this address; nothing happens if there is none, or if they got many today.

        In a browser that they have signed in with (`known`), what strangers asked for does not count.
        """
        person = User.by_email(email)
        if person is None or not cls._may_ask(person, "" if known else network):
            return
        reset = cls.create(person)
        Message.post(Kind.PASSWORD_RESET, person.email, reset.id, user_id=person.id)

    @classmethod
    def _may_ask(cls, person: User, network: str) -> bool:
        here = counted(BY_NETWORK, "password resets", person.id, network)
        return fill(here) and (not network or fill(counted(BY_ALL, "password resets, anywhere", person.id)))

    @classmethod
    def create(cls, person: User) -> PasswordReset:
        """Create a link for this person."""
        reset = cls(id=new_id(), user_id=person.id, user=person, expires_at=now() + LIFETIME)
        reset.seal()
        db.session.add(reset)
        db.session.flush()
        Member.record_everywhere(Action.PASSWORD_RESET_ASKED, person.id)
        return reset

    @classmethod
    def by_secret(cls, secret: str) -> Self | None:
        """The reset with this link, while it works."""
        reset = super().by_secret(secret)
        return reset if reset and reset.secret else None

    @property
    def secret(self) -> str | None:
        """The secret of the link; None if it was used or has expired, or the person's address or password has changed."""
        return None if self.used_at or self.expired else super().secret

    def bound_to(self) -> tuple[str, ...]:
        return self.user.email_key, self.user.password_hash or ""

    def use(self, password: str, hashed: str) -> None:
        """Set the checked and hashed password, and sign the person out everywhere; raises `Invalid` if the link was just used."""
        # Marked as used first, so that of two simultaneous uses one is refused.
        works = PasswordReset.used_at.is_(None), PasswordReset.expires_at > now()
        if not claim_once(self, *works, used_at=now()):
            raise Invalid("password", str(ENDED))
        person = self.user
        person.set_password(password, hashed)
        LoginSession.end_all(person.id)
        Member.record_everywhere(Action.PASSWORD_RESET, person.id)
        notify(person, Kind.PASSWORD_CHANGED, by_link=True)
