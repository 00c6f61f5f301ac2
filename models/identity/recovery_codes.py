"""Recovery codes: ten secrets on paper, each valid for one sign-in without the second factor."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, Moment, db, now, rows_changed
from models.secrets import fingerprint, mint_readable
from models.text import typed_code

NUMBER = 10
LETTERS = 24
# No code contains either digit, so somebody who types one means the letter.
MEANT = str.maketrans("01", "ol")


class RecoveryCode(Base):
    """One code. It has 120 random bits, so a plain hash is enough."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    created_at: Mapped[Moment]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("code_hash"),)

    @classmethod
    def make(cls, user_id: uuid.UUID) -> list[str]:
        """Ten new codes, shown once, which replace all earlier ones."""
        cls.forget(user_id)
        codes = [mint_readable() for _ in range(NUMBER)]
        db.session.add_all(cls(user_id=user_id, code_hash=fingerprint(bare(code)), created_at=now()) for code in codes)
        db.session.flush()
        return codes

    @classmethod
    def use(cls, user_id: uuid.UUID, typed: str) -> bool:
        """Whether this is an unused code of this person; asking uses it up. Of simultaneous callers, one gets True."""
        mine = update(cls).where(cls.user_id == user_id, cls.code_hash == fingerprint(bare(typed)))
        return rows_changed(mine.where(cls.used_at.is_(None)).values(used_at=now())) == 1

    @classmethod
    def left(cls, user_id: uuid.UUID) -> int:
        """How many codes this person has left."""
        unused = select(func.count()).select_from(cls).where(cls.user_id == user_id, cls.used_at.is_(None))
        return db.session.scalar(unused) or 0

    @classmethod
    def forget(cls, user_id: uuid.UUID) -> None:
        """Delete all codes of a person."""
        db.session.execute(delete(cls).where(cls.user_id == user_id))


def bare(typed: str) -> str:
    """A code without its separators."""
    return typed_code(typed).lower().translate(MEANT)


def looks_like_one(typed: str) -> bool:
    """Whether the typed text is meant as a recovery code."""
    return len(bare(typed)) == LETTERS
