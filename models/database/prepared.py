"""Statements that are compiled once for each kind of database, and then run by the driver.

Around a statement that SQLite runs in 10 µs, SQLAlchemy spends 60 to 90. Here it still writes the SQL and says how
values are converted; pools and errors stay its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Uuid, select
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

from models.database.base import Base, db, table_of
from models.database.call_connection import call_connection
from models.database.commit_outcome import as_sqlalchemy
from models.request_scope import current_scope

Convert = Callable[[Any], Any]
Row = Sequence[Any]
Values = Mapping[str, Any]
Model = TypeVar("Model", bound=Base)


class Prepared:
    """A Core statement whose SQL does not depend on its values. It runs in the current transaction, and begins one if none is open."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        self.statement, self.columns = statement, columns
        """For an INSERT, the columns that get a value each time."""
        self._made: dict[str, Made] = {}

    def rows(self, values: Values) -> list[Row]:
        """Every row that it returns."""
        made, cursor = self._run(values)
        return made.read(cursor.fetchall())

    def row(self, values: Values) -> Row | None:
        """The row that it returns; None if it returns none."""
        return next(iter(self.rows(values)), None)

    def scalar(self, values: Values) -> Any:
        """The first value of the row that it returns; None if it returns none."""
        found = self.row(values)
        return None if found is None else found[0]

    def run(self, values: Values) -> int:
        """Run it, and return the number of rows that it changed."""
        return int(self._run(values)[1].rowcount)

    def _run(self, values: Values) -> tuple[Made, Any]:
        held = call_connection()
        if held is not None:
            dialect, driver = held.dialect, held.driver
            if not held.begun:
                held.begin()
        else:
            connection = db.session.connection()
            dialect, driver = connection.dialect, connection.connection.dbapi_connection
        made = self._made.get(dialect.name) or self._make(dialect)
        try:
            return made, driver.execute(made.sql, made.bind(values))
        except dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(dialect, made.sql, error) from error

    def _make(self, dialect: Dialect) -> Made:
        made = self._made[dialect.name] = Made(self.statement, self.columns, dialect)
        return made


class Made:
    """A statement in the SQL of one kind of database, with the conversions of what goes in and what comes out."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError("SQL that depends on its values cannot be prepared")
        self.sql = str(compiled)
        fixed = compiled.construct_params(_check=False)
        names = compiled.positiontup or list(compiled.bind_names.values())
        convert = compiled._bind_processors
        self.positional = compiled.positiontup is not None
        self.inputs = [(name, convert.get(name), fixed[name]) for name in names]
        outputs = [conversion(column.type, dialect) for column in compiled._result_columns]
        self.outputs = [(place, convert) for place, convert in enumerate(outputs) if convert is not None]

    def bind(self, values: Values) -> list[Any] | dict[str, Any]:
        """These values as the driver takes them."""
        if self.positional:
            return [
                convert(values.get(n, fixed)) if convert else values.get(n, fixed) for n, convert, fixed in self.inputs
            ]
        return {
            n: convert(values.get(n, fixed)) if convert else values.get(n, fixed) for n, convert, fixed in self.inputs
        }

    def read(self, found: list[Any]) -> list[Row]:
        """The driver's rows, converted."""
        if not self.outputs:
            return found
        rows: list[Any] = [list(row) for row in found]
        for place, convert in self.outputs:
            for row in rows:
                row[place] = convert(row[place])
        return rows


class PreparedFind(Generic[Model]):
    """Finds one object of a model by a prepared statement: as the session would load it, in a sixth of the time."""

    def __init__(self, model: type[Model], *where: ColumnElement[bool]) -> None:
        self.model, table = model, table_of(model)
        self.statement = Prepared(select(*table.c).where(*where))
        self.names = table.c.keys()

    def one(self, values: Values) -> Model | None:
        """The object of the current account that it finds; None if it finds none."""
        session = db.session()
        session.flush()
        row = self.statement.row(values)
        if row is None:
            return None
        found = dict(zip(self.names, row, strict=True))
        if found["account_id"] != current_scope().account_id:
            return None
        return session.identity_map.get(identity_key(self.model, found["id"])) or self._loaded(session, found)

    def _loaded(self, session: Session, found: dict[str, Any]) -> Model:
        loaded = self.model()
        for name, value in found.items():
            set_committed_value(loaded, name, value)
        make_transient_to_detached(loaded)
        session.add(loaded)
        return loaded


def conversion(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """How values of this type come out of this database."""
    if isinstance(kind, Uuid) and not dialect.supports_native_uuid:
        return uuid_of
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def uuid_of(text: str | None) -> uuid.UUID | None:
    """An id from one of our own columns: half the time of `uuid.UUID(text)`, which checks its text."""
    if text is None:
        return None
    made = object.__new__(uuid.UUID)
    object.__setattr__(made, "int", int(text, 16))
    object.__setattr__(made, "is_safe", uuid.SafeUUID.unknown)
    return made
