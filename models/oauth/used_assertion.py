"""Signed assertions that clients have authenticated with: each is valid once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Moment, db, now, writing
from models.secrets import digest


class UsedAssertion(Base):
    """A used assertion, stored as a hash until it expires."""

    __tablename__ = "used_assertion"

    hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[Moment] = mapped_column(index=True)


def use_assertion(client_id: str, jti: str, expires_at: datetime) -> bool:
    """Mark an assertion as used; False if it was used before.

    This is its own transaction: it stays used whatever happens to the request.
    """
    try:
        with writing():
            db.session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < now()))
            db.session.add(UsedAssertion(hash=digest([client_id, jti]), expires_at=expires_at))
    except IntegrityError:
        return False
    return True
