"""Recovery codes: ten secrets on paper, each good for one sign-in without the second factor."""

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
# Neither digit is in a code, so whoever types one meant the letter.
MEANT = str.maketrans("01", "ol")


class RecoveryCode(Base):
    """One code. It has 120 random bits, so that a plain hash keeps it safe."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    created_at: Mapped[Moment]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("code_hash"),)

    @classmethod
    def make(cls, user_id: uuid.UUID) -> list[str]:
        """Ten new codes, shown once, in place of all earlier ones."""
        cls.forget(user_id)
        codes = [mint_readable() for _ in range(NUMBER)]
        db.session.add_all(cls(user_id=user_id, code_hash=fingerprint(bare(code)), created_at=now()) for code in codes)
        db.session.flush()
        return codes

    @classmethod
    def use(cls, user_id: uuid.UUID, typed: str) -> bool:
        """Whether this is an unused code of this person; it is used up by asking. Of many who ask at once, one is told yes."""
        mine = update(cls).where(cls.user_id == user_id, cls.code_hash == fingerprint(bare(typed)))
        return rows_changed(mine.where(cls.used_at.is_(None)).values(used_at=now())) == 1

    @classmethod
    def left(cls, user_id: uuid.UUID) -> int:
        """How many codes this person can still use."""
        unused = select(func.count()).select_from(cls).where(cls.user_id == user_id, cls.used_at.is_(None))
        return db.session.scalar(unused) or 0

    @classmethod
    def forget(cls, user_id: uuid.UUID) -> None:
        """Remove all codes of a person."""
        db.session.execute(delete(cls).where(cls.user_id == user_id))


def bare(typed: str) -> str:
    """A code without what is only there to be read."""
    return typed_code(typed).lower().translate(MEANT)


def looks_like_one(typed: str) -> bool:
    """Whether somebody who typed this meant a recovery code."""
    return len(bare(typed)) == LETTERS
