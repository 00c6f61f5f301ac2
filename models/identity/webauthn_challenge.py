"""A challenge to a browser that is creating or using a passkey, until it is answered. The answer is bound to it."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import ForeignKey, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, Moment, db, now
from models.identity.passkey import Passkey
from models.secrets import CEREMONY, digest, fingerprint, mint

LIFETIME = timedelta(minutes=5)
SIGN_IN, SECOND_FACTOR, CONFIRM, ADD = "sign_in", "second_factor", "confirm", "add"


class BadAnswer(Exception):
    """The answer does not match the challenge, the server or the key; `passkey` is the one that it names, if there is one."""

    def __init__(self, passkey: Passkey | None = None) -> None:
        super().__init__()
        self.passkey = passkey


class Ceremony(Base):
    """A pending challenge: for one purpose, from one browser, once, for five minutes."""

    __tablename__ = "ceremony"

    id: Mapped[Id]
    token_hash: Mapped[str]
    purpose: Mapped[str]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Moment] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def begin(cls, purpose: str, user_id: uuid.UUID | None = None) -> str:
        """Create a challenge; returns the secret for the browser's cookie."""
        secret = mint(CEREMONY)
        row = cls(token_hash=fingerprint(secret), purpose=purpose, user_id=user_id, expires_at=now() + LIFETIME)
        db.session.add(row)
        db.session.flush()
        return secret

    @classmethod
    def take(cls, secret: str, purpose: str, user_id: uuid.UUID | None = None) -> bytes:
        """The challenge of the browser with this secret; asking uses it up. Raises `BadAnswer`."""
        awaited = delete(cls).where(
            cls.token_hash == fingerprint(secret),
            cls.purpose == purpose,
            cls.user_id == user_id,
            cls.expires_at > now(),
        )
        if db.session.execute(awaited.returning(cls.id)).first() is None:
            raise BadAnswer
        return challenge_of(secret)


def challenge_of(secret: str) -> bytes:
    """The challenge for a browser's secret, which is random itself: 256 bits that nobody else knows before."""
    return bytes.fromhex(digest(["passkey challenge", secret]))
