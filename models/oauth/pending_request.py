"""An authorization request whose person is not signed in yet, kept as it came until they are."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, Moment, db, now
from models.secrets import PENDING_REQUEST, fingerprint, mint

# Long enough to create an account, to find a password again, or to set up a second factor.
LIFETIME = timedelta(hours=1)
MOST_WAITING = 2_000


class PendingRequest(Base):
    """The address by which an app sent a person here. It holds nothing of the person, and nothing that was checked."""

    __tablename__ = "pending_request"

    id: Mapped[Id]
    token_hash: Mapped[str]
    address: Mapped[str]
    expires_at: Mapped[Moment] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def keep(cls, address: str) -> str | None:
        """Keep a request; returns the secret by which it is found again, None where too many wait."""
        db.session.execute(delete(cls).where(cls.expires_at < now()))
        if (db.session.scalar(select(func.count()).select_from(cls)) or 0) >= MOST_WAITING:
            return None
        secret = mint(PENDING_REQUEST)
        db.session.add(cls(token_hash=fingerprint(secret), address=address, expires_at=now() + LIFETIME))
        db.session.flush()
        return secret

    @classmethod
    def address_for(cls, secret: str) -> str | None:
        """The request that was kept under this secret, while it waits."""
        waits = cls.token_hash == fingerprint(secret), cls.expires_at > now()
        return db.session.scalar(select(cls.address).where(*waits))
