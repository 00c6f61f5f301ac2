"""Entered codes that belong to no device: counted, so that nobody can try them all."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import User
from models.database import Base, Id, Moment, db, now

WINDOW = timedelta(minutes=10)
MOST_IN_A_SESSION = 10
MOST_OF_A_PERSON = 30


class CodeTry(Base):
    """One wrong code, by one person in one browser."""

    __tablename__ = "code_try"

    id: Mapped[Id]
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    tried_at: Mapped[Moment]

    __table_args__ = (Index("ix_code_try_user", "user_id", "tried_at"),)

    @classmethod
    def one_more(cls, session_id: uuid.UUID, user_id: uuid.UUID) -> bool:
        """Whether this person may try one more code in this browser now; their other tries wait until this transaction ends."""
        # Without the lock, many simultaneous tries would all count as the first.
        db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
        recent = select(cls.session_id).where(cls.user_id == user_id, cls.tried_at > now() - WINDOW)
        sessions = list(db.session.scalars(recent))
        return len(sessions) < MOST_OF_A_PERSON and sessions.count(session_id) < MOST_IN_A_SESSION

    @classmethod
    def note(cls, session_id: uuid.UUID, user_id: uuid.UUID) -> None:
        """Count a wrong code."""
        db.session.execute(delete(cls).where(cls.tried_at < now() - WINDOW))
        db.session.add(cls(session_id=session_id, user_id=user_id, tried_at=now()))
        db.session.flush()
