"""A link that works once. Its secret is derived again when the mail is sent, and only its hash is stored."""

from __future__ import annotations

from typing import ClassVar, Self

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from models.database.base import Id, Moment, db, now
from models.secrets import derived_secret, derived_secrets, fingerprint, same


class OneTimeLink:
    """A row that somebody opens by a link, while the link is pending."""

    PREFIX: ClassVar[str]
    PURPOSE: ClassVar[str]

    id: Mapped[Id]
    token_hash: Mapped[str]
    expires_at: Mapped[Moment]

    @classmethod
    def by_secret(cls, secret: str) -> Self | None:
        """The row of this link, in any state."""
        return db.session.scalar(select(cls).where(cls.token_hash == fingerprint(secret)))

    @property
    def derived(self) -> str:
        """The secret of the link, 256 bits that only this server can derive again."""
        return derived_secret(self.PREFIX, self.PURPOSE, self.id.hex, *self.bound_to())

    def bound_to(self) -> tuple[str, ...]:
        """The value whose change invalidates the link."""
        return ()

    @property
    def secret(self) -> str | None:
        """The secret of the link; None if it was random, derived under a key that counts no more, or if what it is bound to has changed."""
        secrets = derived_secrets(self.PREFIX, self.PURPOSE, self.id.hex, *self.bound_to())
        return next((secret for secret in secrets if same(fingerprint(secret), self.token_hash)), None)

    def seal(self) -> str:
        """Store the hash of the current derived secret; returns the secret."""
        self.token_hash = fingerprint(self.derived)
        return self.derived

    @property
    def expired(self) -> bool:
        """Whether it has expired."""
        return now() >= self.expires_at
