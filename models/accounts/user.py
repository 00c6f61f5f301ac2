"""A person who signs in. People belong to accounts as members; the same person may be in several."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import UserMixin
from sqlalchemy import select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts.password_rules import SHORTEST, SHORTEST_OF_TWO, check_password
from models.database import Base, Id, Moment, db, now, unique
from models.errors import Invalid
from models.secrets import hash_password, password_matches
from models.text import email_address, email_key, line, typed_password, zone_called

if TYPE_CHECKING:
    from models.identity import Authenticator, Passkey

# Shown when somebody signs up with a taken address. Without a message to the mailbox, the page must say that the
# sign-up failed. It does not say whose address it is, or which accounts they belong to.
TAKEN = lazy_gettext("This address cannot be used to sign up. If it is yours, sign in instead.")


class User(Base, UserMixin):
    """A person who signs in with an e-mail address and a password."""

    __tablename__ = "user"

    id: Mapped[Id]
    email: Mapped[str]
    email_key: Mapped[str]
    """The key of the mailbox (`models.text.email_key`): one person has it, in any capitalisation."""
    name: Mapped[str]
    password_hash: Mapped[str | None]
    short_password: Mapped[bool] = mapped_column(default=False)
    """Whether the password is too short without a second factor: it was chosen while there was one."""
    time_zone: Mapped[str | None]
    """The name of the person's time zone: what their browser said first, until they choose one. None until then: UTC."""
    language: Mapped[str | None]
    """The language of their pages and mails: what their browser said first, until they choose one. None until then: English."""
    weekly_digest: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether they get an e-mail each week about what their apps did."""
    created_at: Mapped[Moment]

    passkeys: Mapped[list[Passkey]] = relationship(order_by="Passkey.id", viewonly=True)
    authenticator: Mapped[Authenticator | None] = relationship(viewonly=True)

    __table_args__ = (db.UniqueConstraint("email_key"),)

    @classmethod
    def create(cls, email: str, name: str, password: str) -> User:
        """A new person; raises `Invalid` when a field cannot be accepted or the address is taken."""
        address = email_address(email)
        called = line("name", name, 120, _("Your name"), required=True)
        check_password(password, about=(address, called))
        # Before the address is looked up: argon2id takes tens of milliseconds, during which no transaction needs to be
        # open. A known address also takes as long as a new one.
        hashed = hash_password(password)
        if cls.by_email(address):
            raise Invalid("email", str(TAKEN))
        user = cls(email=address, email_key=email_key(address), name=called, password_hash=hashed, created_at=now())
        with unique(cls.email_key, Invalid("email", str(TAKEN))):
            db.session.add(user)
        return user

    @classmethod
    def by_email(cls, email: str) -> User | None:
        """The person with this address, in any capitalisation."""
        return db.session.scalar(select(cls).where(cls.email_key == email_key(email)))

    @classmethod
    def signing_in(cls, email: str, password: str) -> User | None:
        """The person with this address and password. An unknown address takes as long as a wrong password."""
        user = cls.by_email(email)
        stored = user.password_hash if user else None
        # argon2id takes tens of milliseconds. No transaction is open during that time.
        db.session.rollback()
        return cls.by_email(email) if password_matches(stored, password) else None

    @property
    def zone(self) -> tzinfo:
        """The time zone in which this person reads and types days and times."""
        return zone_called(self.time_zone) or UTC

    @property
    def has_second_factor(self) -> bool:
        """Whether this person needs more than the password to sign in: they have a passkey or an authenticator app."""
        return self.authenticator is not None or bool(self.passkeys)

    @property
    def shortest_password(self) -> int:
        """The minimum length of this person's password."""
        return SHORTEST_OF_TWO if self.has_second_factor else SHORTEST

    def check_password(self, password: str, field: str = "password") -> None:
        """Raise `Invalid` unless this person may use this password."""
        check_password(password, (self.email, self.name), field, self.shortest_password)

    def lock(self) -> None:
        """Lock this person's sign-in until the commit and read it again: of two changes, the second sees what the first one left."""
        db.session.refresh(self, with_for_update={"key_share": True})
        db.session.expire(self, ["passkeys", "authenticator"])

    def set_password(self, password: str, hashed: str, field: str = "password") -> None:
        """Replace the password by one that was hashed; raises `Invalid` unless this person may use it now."""
        self.lock()
        self.check_password(password, field)
        self.password_hash = hashed
        self.short_password = len(typed_password(password)) < SHORTEST
