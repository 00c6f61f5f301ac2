"""What every table shares: the database handle, names of constraints, moments in UTC, and ids that sort by time."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, CursorResult, DateTime, Executable, MetaData, Table, Text, TypeDecorator, Uuid
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite gives naive ones back even for `timezone=True`; this type does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Sorted alike on both databases: PostgreSQL's default collation would order names as a dictionary does.
SortText = Text().with_variant(Text(collation="C"), "postgresql")

Id = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=lambda: new_id(), sort_order=-10)]
Moment = Annotated[datetime, mapped_column(UTCDateTime)]


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            str: Text,
            datetime: UTCDateTime,
            uuid.UUID: Uuid,
            dict[str, Any]: JSON,
            list[str]: JSON,
        },
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that stand on a hot path and need no objects."""
    return cast(Table, model.__table__)


def rows_changed(statement: Executable) -> int:
    """Carry out an UPDATE or DELETE and say how many rows it found; a claim is one row or none."""
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def new_id(moment: datetime | None = None) -> uuid.UUID:
    """A random id that begins with the time to a quarter of a microsecond (RFC 9562 §5.7, §6.2 method 3): newer rows sort last.

    `moment` is when the row came to be, for rows that are older than their arrival here; without it, now.
    """
    nanoseconds = time.time_ns() if moment is None else int(moment.timestamp() * 1_000_000) * 1_000
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4_096 // 1_000_000
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | chance)
