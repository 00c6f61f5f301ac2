"""Signed assertions that clients have used to prove themselves: each is good once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Moment, db, now, writing
from models.secrets import digest


class UsedAssertion(Base):
    """An assertion that was used, kept as a hash until it would have ended anyway."""

    __tablename__ = "used_assertion"

    hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[Moment] = mapped_column(index=True)


def use_assertion(client_id: str, jti: str, expires_at: datetime) -> bool:
    """Mark an assertion used; False when it was used before. A unit of work of its own: it stays used whatever comes of the request."""
    try:
        with writing():
            db.session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < now()))
            db.session.add(UsedAssertion(hash=digest([client_id, jti]), expires_at=expires_at))
    except IntegrityError:
        return False
    return True
