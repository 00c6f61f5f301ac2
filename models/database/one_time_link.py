"""A link that works once and is mailed when the mail is sent: its secret is derived again from what it is about, its hash is stored."""

from __future__ import annotations

from typing import ClassVar, Self

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from models.database.base import Id, Moment, db, now
from models.secrets import derived_secret, fingerprint, same


class OneTimeLink:
    """A row that somebody opens by a link, for as long as it waits for that."""

    PREFIX: ClassVar[str]
    PURPOSE: ClassVar[str]

    id: Mapped[Id]
    token_hash: Mapped[str]
    expires_at: Mapped[Moment]

    @classmethod
    def by_secret(cls, secret: str) -> Self | None:
        """The row of this link, whatever its state."""
        return db.session.scalar(select(cls).where(cls.token_hash == fingerprint(secret)))

    @property
    def derived(self) -> str:
        """The secret of the link, of 256 bits that only this server can make again."""
        return derived_secret(self.PREFIX, self.PURPOSE, self.id.hex, *self.bound_to())

    def bound_to(self) -> tuple[str, ...]:
        """What the link ends with, should it change."""
        return ()

    @property
    def secret(self) -> str | None:
        """What the link carries; None where that was drawn by chance, made under another SECRET_KEY, or what it is bound to has changed."""
        secret = self.derived
        return secret if same(fingerprint(secret), self.token_hash) else None

    def seal(self) -> str:
        """Keep the hash of what is derived now; returns the secret."""
        self.token_hash = fingerprint(self.derived)
        return self.derived

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return now() >= self.expires_at
