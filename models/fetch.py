"""How often this server asks others for what apps have published: counted for all its processes together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment, db, now, rows_changed
from models.engine import writing

WINDOW = timedelta(minutes=1)


class FetchCount(Base):
    """Fetches within one minute that count together: those from one host, or for one person."""

    __tablename__ = "fetch_count"

    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Moment]
    fetches: Mapped[int]


def may_fetch(key: str, most: int) -> bool:
    """Count one more fetch under this key; False when the minute had `most` already. A unit of work of its own."""
    try:
        with writing():
            return counted(key, most)
    except IntegrityError:
        # Another process began this minute at the same moment: the row is there now.
        with writing():
            return counted(key, most)


def counted(key: str, most: int) -> bool:
    db.session.execute(delete(FetchCount).where(FetchCount.since <= now() - WINDOW))
    room = update(FetchCount).where(FetchCount.key == key, FetchCount.fetches < most)
    if rows_changed(room.values(fetches=FetchCount.fetches + 1)):
        return True
    if db.session.scalar(select(FetchCount.key).where(FetchCount.key == key)):
        return False
    db.session.add(FetchCount(key=key, since=now(), fetches=1))
    db.session.flush()
    return True
