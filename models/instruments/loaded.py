"""Instruments that an operator has loaded, beside the bundled ones."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment, db


class LoadedInstrument(Base):
    """One version of an instrument, as its file had it. The newest of an assessment is the one that is asked."""

    __tablename__ = "instrument"

    key: Mapped[str] = mapped_column(primary_key=True)
    assessment: Mapped[str]
    data: Mapped[dict[str, Any]]
    loaded_at: Mapped[Moment]

    @classmethod
    def by_key(cls, key: str) -> Self | None:
        """The one with this key."""
        return db.session.get(cls, key)

    @classmethod
    def newest(cls, assessment: str) -> Self | None:
        """The one of this assessment that was loaded last."""
        statement = select(cls).where(cls.assessment == assessment).order_by(cls.loaded_at.desc(), cls.key).limit(1)
        return db.session.scalar(statement)
