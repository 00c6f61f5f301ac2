"""Instruments that an operator has loaded, beside the bundled ones."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment, db, now
from models.errors import Invalid


class LoadedInstrument(Base):
    """One version of an instrument, as its file had it. The newest of an assessment is the one that is asked."""

    __tablename__ = "instrument"

    key: Mapped[str] = mapped_column(primary_key=True)
    assessment: Mapped[str]
    data: Mapped[dict[str, Any]]
    loaded_at: Mapped[Moment]

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """Keep a checked instrument, as the one that is asked from now on; raises `Invalid` if its key has other content.

        The same content again is fine: it becomes the newest, which is also the way back to an earlier version.
        """
        known = cls.by_key(data["key"])
        if known and known.data != data:
            raise Invalid(
                "key",
                f"{known.key} is loaded already, with other content. A version stays as it is, for results remember it: "
                "give the new one a version of its own.",
            )
        loaded = known or cls(key=data["key"], assessment=data["assessment"], data=data)
        loaded.loaded_at = now()
        db.session.add(loaded)
        try:
            db.session.flush()
        except IntegrityError:
            raise Invalid("key", f"{data['key']} was loaded by somebody else just now. Run it again.") from None
        return loaded

    @classmethod
    def by_key(cls, key: str) -> Self | None:
        """The one with this key."""
        # A key is plain ASCII; other text need not even be fit for a database.
        return db.session.get(cls, key) if key.isascii() and key.isprintable() else None

    @classmethod
    def newest(cls, assessment: str) -> Self | None:
        """The one of this assessment that was loaded last."""
        statement = select(cls).where(cls.assessment == assessment).order_by(cls.loaded_at.desc(), cls.key).limit(1)
        return db.session.scalar(statement)

    @classmethod
    def every(cls) -> list[Self]:
        """All of them, in the order in which they were loaded."""
        return list(db.session.scalars(select(cls).order_by(cls.loaded_at, cls.key.desc())))
