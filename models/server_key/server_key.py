"""Which keys a database is used with. A key's name says nothing of the key itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Moment, db, now
from models.secrets import names_of_keys


class ServerKey(Base):
    """A SECRET_KEY that this database is used with, or was until the next one."""

    __tablename__ = "server_key"

    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Moment]

    @classmethod
    def current(cls) -> str:
        """The name of the key that this server has now."""
        return names_of_keys()[0]

    @classmethod
    def newest(cls) -> ServerKey | None:
        """The key that the database was last known to be used with."""
        return db.session.scalar(select(cls).order_by(cls.since.desc()).limit(1))

    @classmethod
    def note(cls) -> None:
        """Note that the current key is in use from now on, unless that is known."""
        newest = cls.newest()
        if newest is None or newest.name != cls.current():
            db.session.merge(cls(name=cls.current(), since=now()))

    @classmethod
    def is_unknown(cls) -> bool:
        """Whether this server has neither of its keys from this database: its own was changed without the one before, or is mistyped."""
        newest = cls.newest()
        return newest is not None and newest.name not in names_of_keys()
