"""Instruments that a server administrator loaded, in addition to the bundled ones."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Moment, db, now
from models.errors import Invalid

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class LoadedInstrument(Base):
    """One version of an instrument, as in its file. The newest one of an assessment is used."""

    __tablename__ = "instrument"

    key: Mapped[str] = mapped_column(primary_key=True)
    assessment: Mapped[str]
    data: Mapped[dict[str, Any]]
    loaded_at: Mapped[Moment]

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """Store a checked instrument as the one used from now on; raises `Invalid` if its key has other content.

        Loading the same content again makes it the newest, which is also how to return to an earlier version.
        """
        # If two load one key at the same time, the second waits for the first and then finds its row.
        insert = INSERT[db.session.get_bind().dialect.name](cls)
        row = {"key": data["key"], "assessment": data["assessment"], "data": data, "loaded_at": now()}
        db.session.execute(insert.values(**row).on_conflict_do_nothing())
        loaded = db.session.get_one(cls, data["key"], populate_existing=True)
        if loaded.data != data:
            raise Invalid(
                "key",
                f"{loaded.key} is already loaded with other content. Results refer to this version, so it cannot change. "
                "Give the new content another version.",
            )
        loaded.loaded_at = now()
        db.session.flush()
        return loaded

    @classmethod
    def by_key(cls, key: str) -> Self | None:
        """The one with this key."""
        # A key is plain ASCII; other text may not even be valid for a database.
        return db.session.get(cls, key) if key.isascii() and key.isprintable() else None

    @classmethod
    def newest(cls, assessment: str) -> Self | None:
        """The last loaded one of this assessment."""
        statement = select(cls).where(cls.assessment == assessment).order_by(cls.loaded_at.desc(), cls.key).limit(1)
        return db.session.scalar(statement)

    @classmethod
    def every(cls) -> list[Self]:
        """All of them, in the order in which they were loaded."""
        return list(db.session.scalars(select(cls).order_by(cls.loaded_at, cls.key.desc())))
