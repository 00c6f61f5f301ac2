"""What every table shares: the database handle, constraint names, times in UTC, and ids that sort by time."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    JSON,
    ColumnExpressionArgument,
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Executable,
    Index,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, mapped_column, registry

from models.database.call_connection import call_connection


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite returns naive ones even for `timezone=True`; this type does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        # On SQLite, a time is a text. Lists read one or two in every row.
        return utc_from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_from_text(text: str | None) -> datetime | None:
    """A time as SQLAlchemy writes it for SQLite."""
    if text is None:
        return None
    try:
        # `replace` takes five times as long.
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        # Written by hand, with an offset.
        return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Word(TypeDecorator[StrEnum]):
    """A word of an enumeration, stored as text; reading an unknown word fails."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_result_value(self, value: str | None, _dialect: Any) -> StrEnum | None:
        return None if value is None else self.words(value)


# The same order on both databases: PostgreSQL's default collation would sort names like a dictionary.
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


class HasId(Protocol):
    """A row that can be found by its id alone."""

    id: Any


class CallSession(FlaskSession):
    """A session that joins the connection of the current tool call, if it holds one."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        held = call_connection()
        if held is None:
            return super().get_bind(*args, **kwargs)
        if held.shared:
            raise RuntimeError("A session would end the transaction that several calls share.")
        return held.for_session

    def commit(self) -> None:
        held = call_connection()
        if held is None or held.joined or self.new or self.dirty or self.deleted:
            super().commit()
        else:
            self.expire_all()
        if held is not None:
            held.commit()

    def rollback(self) -> None:
        super().rollback()
        if held := call_connection():
            held.rollback()


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": CallSession})


def core_connection() -> Connection:
    """The connection for Core statements that cannot be prepared: without a session, if the call holds one."""
    held = call_connection()
    return db.session.connection() if held is None else held.for_session


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements on hot paths that need no objects."""
    return cast(Table, model.__table__)


def rows_changed(statement: Executable, session: Session | None = None) -> int:
    """Run an UPDATE or DELETE and return the number of rows."""
    return cast("CursorResult[Any]", (session or db.session).execute(statement)).rowcount


def claim_once(row: HasId, *free: ColumnExpressionArgument[bool], **values: Any) -> bool:
    """Change a row if it still meets `free`: of several simultaneous callers, one gets True."""
    model = type(row)
    return rows_changed(update(model).where(model.id == row.id, *free).values(**values)) == 1


def change(row: Base, wanted: Mapping[str, Any]) -> list[str]:
    """Set the given fields that differ, where None is not given; returns their names."""
    changed = [name for name, value in wanted.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    return changed


UniqueRule = UniqueConstraint | Index


@contextmanager
def unique(column: InstrumentedAttribute[Any], problem: Exception) -> Iterator[None]:
    """Flush what is written inside; if another row already has this column's value, undo only that and raise `problem`."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if column.key not in columns_not_unique(error):
            raise
        raise problem from None


def columns_not_unique(error: IntegrityError) -> set[str]:
    """The columns of the violated unique constraint: PostgreSQL names the constraint, SQLite its columns."""
    told = getattr(error.orig, "diag", None)
    if told is None:
        return set(re.findall(r"\w+\.(\w+)", str(error.orig)))
    table = Base.metadata.tables.get(told.table_name)
    rules = [] if table is None else [r for r in (*table.constraints, *table.indexes) if isinstance(r, UniqueRule)]
    return {column.name for rule in rules if rule.name == told.constraint_name for column in rule.columns}


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def new_id(moment: datetime | None = None) -> uuid.UUID:
    """A random id that begins with the time to a quarter of a microsecond (RFC 9562 §5.7, §6.2 method 3): newer rows sort last.

    `moment` is the creation time of rows that are older than their arrival here; the default is now.
    """
    nanoseconds = time.time_ns() if moment is None else int(moment.timestamp() * 1_000_000) * 1_000
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4_096 // 1_000_000
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | chance)
