"""A pending sign-in: the password was correct, and the same browser must still give the second factor."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.database import Base, Id, Moment, claim_once, db, now
from models.secrets import SECOND_STEP, fingerprint, mint

LIFETIME = timedelta(minutes=10)
MOST_FAILURES = 5


class SecondStep(Base):
    """It is valid for one sign-in, for ten minutes, in the browser with its cookie."""

    __tablename__ = "second_step"

    id: Mapped[Id]
    token_hash: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    failures: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[Moment] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def begin(cls, person: User) -> str:
        """Wait for the second factor of this person; returns the secret for the cookie."""
        secret = mint(SECOND_STEP)
        db.session.add(cls(token_hash=fingerprint(secret), user_id=person.id, expires_at=now() + LIFETIME))
        db.session.flush()
        return secret

    @classmethod
    def by_secret(cls, secret: str) -> SecondStep | None:
        """The pending sign-in of this cookie, while it is open."""
        awaited = select(cls).where(cls.token_hash == fingerprint(secret), cls.ended_at.is_(None))
        return db.session.scalar(awaited.where(cls.expires_at > now()))

    def take(self) -> bool:
        """Whether it can be completed now; asking uses it up."""
        return claim_once(self, SecondStep.ended_at.is_(None), ended_at=now())

    def fail(self) -> bool:
        """Count a wrong code; True for the fifth, which ends it."""
        db.session.execute(update(SecondStep).where(SecondStep.id == self.id).values(failures=SecondStep.failures + 1))
        db.session.refresh(self)
        return self.failures >= MOST_FAILURES and self.take()

    @classmethod
    def end_all(cls, user_id: uuid.UUID) -> None:
        """End every pending sign-in of this person."""
        db.session.execute(update(cls).where(cls.user_id == user_id, cls.ended_at.is_(None)).values(ended_at=now()))
