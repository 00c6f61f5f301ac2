"""Passkeys: keys on people's devices or in their password managers. The server stores the public half, which opens nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.database import Base, Id, Moment, claim_once, db, now, unique
from models.errors import Invalid, NotFound
from models.text import line

MOST = 25
KNOWN = lazy_gettext("This passkey is already registered. Sign in with it, or use another device.")


@dataclass(frozen=True)
class Made:
    """A key pair that a device has just created, as the device describes it."""

    credential_id: str
    public_key: str
    sign_count: int
    synced: bool


class Passkey(Base):
    """One passkey of a person. It signs in by itself, and is a second factor beside the password."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str]
    """The device's id for it, in base64url."""
    public_key: Mapped[str]
    """COSE, in base64url."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How many times it has signed, according to the device; 0 if it does not count."""
    synced: Mapped[bool]
    """Whether it is stored in several places, as password managers do."""
    name: Mapped[str]
    created_at: Mapped[Moment]
    last_used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined", viewonly=True)

    __table_args__ = (UniqueConstraint("credential_id"),)

    @classmethod
    def add(cls, person: User, name: str, made: Made) -> Passkey:
        """Store a new passkey of this person; raises `Invalid`."""
        called = checked_name(name)
        if (db.session.scalar(select(func.count()).select_from(cls).where(cls.user_id == person.id)) or 0) >= MOST:
            raise Invalid("name", _("You have %(most)s passkeys, which is the maximum. Remove one first.", most=MOST))
        passkey = cls(
            user_id=person.id,
            name=called,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            synced=made.synced,
            created_at=now(),
        )
        with unique(cls.credential_id, Invalid("name", str(KNOWN))):
            db.session.add(passkey)
        return passkey

    @classmethod
    def find(cls, user_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey:
        """This person's passkey with this id; raises `NotFound`."""
        passkey = db.session.scalar(select(cls).where(cls.user_id == user_id, cls.id == passkey_id))
        if passkey is None:
            raise NotFound(_("You have no passkey with this id."))
        return passkey

    @classmethod
    def called_by_device(cls, credential_id: str) -> Passkey | None:
        """The passkey with this id from the device."""
        return db.session.scalar(select(cls).where(cls.credential_id == credential_id))

    def used(self, sign_count: int) -> bool:
        """Store the new signature count; False if it signed elsewhere at the same moment."""
        before = Passkey.sign_count == self.sign_count
        return claim_once(self, before, sign_count=sign_count, last_used_at=now())

    def rename(self, name: str) -> None:
        """Rename it; raises `Invalid`."""
        self.name = checked_name(name)


def checked_name(name: str) -> str:
    return line("name", name, 80, _("The name"), required=True)
