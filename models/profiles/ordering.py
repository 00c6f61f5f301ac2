"""The orders of a profile list, and the cursors that continue a list after a page."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, or_
from sqlalchemy.sql.elements import ColumnElement, KeyedColumnElement

from models.errors import Invalid
from models.profiles.profile import Profile
from models.request_scope import current_scope

Place = tuple[Any, uuid.UUID]
"""The place of a row in a list: the value that it is sorted by, and its id."""

NIL = uuid.UUID(int=0)
profiles = Profile.__table__.c
NO_TEXT = re.compile("[\0\ud800-\udfff]")
BACKWARDS = {"name": False, "created": True, "completed": True}
SORTS = tuple(BACKWARDS)


class Listed(Protocol):
    """What a row needs to have a place in a list."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def sort_name(self) -> str: ...
    @property
    def name_key(self) -> str: ...
    @property
    def completed_at(self) -> datetime | None: ...


@dataclass(frozen=True, eq=False)
class Order:
    """By name, newest first, or last completed first; ids decide between equal values."""

    sort: str
    by: str
    """The attribute that rows are sorted by."""

    @classmethod
    def called(cls, sort: str) -> Order:
        """The order with this name, one of SORTS, for this caller."""
        return BY_NAME_ALONE if sort == "name" and current_scope().limits.hide_contact else ORDERS[sort]

    @property
    def mark(self) -> str:
        """What cursors of this order begin with: another than that of a time when names were sorted otherwise."""
        return "collated" if self.sort == "name" else self.sort

    @property
    def column(self) -> KeyedColumnElement[Any] | None:
        """None if the id alone decides, since it begins with the time of creation."""
        return None if self.by == "id" else profiles[self.by]

    @property
    def backwards(self) -> bool:
        return BACKWARDS[self.sort]

    def place_of(self, row: Listed) -> Place:
        """The place of this row."""
        return None if self.by == "id" else getattr(row, self.by), row.id

    def after(self, statement: Select[Any], start: Place | None) -> Select[Any]:
        """The list in this order, read from the index of the order, after a place."""
        return self._sorted(self._beyond(statement, start), self.column)

    def from_index_of_filter(self, statement: Select[Any], start: Place | None) -> Select[Any]:
        """The same list, sorted at the end: the function call keeps the planner from using the order's index."""
        column = None if self.column is None else func.coalesce(self.column, self.column)
        return self._sorted(self._beyond(statement, start), column)

    def up_to(self, statement: Select[Any], end: Place | None) -> Select[Any]:
        """The list up to and including a place."""
        if end is None:
            return statement
        return statement.where(self._id_is(end[1], not self.backwards) if self.column is None else self._until(end))

    def _sorted(self, statement: Select[Any], column: ColumnElement[Any] | None) -> Select[Any]:
        keys = [profiles.id] if column is None else [column, profiles.id]
        return statement.order_by(*(key.desc() if self.backwards else key for key in keys))

    def _beyond(self, statement: Select[Any], start: Place | None) -> Select[Any]:
        if start is None:
            return statement
        value, last = start
        if self.column is None:
            return statement.where(profiles.id < last)
        # Written `a >= x AND (a > x OR id > y)`: SQLite's planner uses the index for that, and only the account for
        # `(a, id) > (x, y)`.
        if self.backwards:
            return statement.where(self.column <= value, or_(self.column < value, profiles.id < last))
        return statement.where(self.column >= value, or_(self.column > value, profiles.id > last))

    def _until(self, end: Place) -> ColumnElement[bool]:
        value, last = end
        assert self.column is not None
        if self.backwards:
            return and_(self.column >= value, or_(self.column > value, profiles.id >= last))
        return and_(self.column <= value, or_(self.column < value, profiles.id <= last))

    def _id_is(self, last: uuid.UUID, rising: bool) -> ColumnElement[bool]:
        return profiles.id <= last if rising else profiles.id >= last


ORDERS = {
    "name": Order("name", "sort_name"),
    "created": Order("created", "id"),
    "completed": Order("completed", "completed_at"),
}
# Callers who cannot see addresses get no order made from them either. The position of somebody in a list tells as much,
# and an invented cursor could ask who comes after any text.
BY_NAME_ALONE = Order("name", "name_key")


def cursor_of(row: Listed, order: Order) -> str:
    """The place where a list continues, as an opaque text: the order, the sorted value and the id of the last row."""
    value, last = order.place_of(row)
    said = value.isoformat() if isinstance(value, datetime) else value or ""
    return (
        base64.urlsafe_b64encode(json.dumps([order.mark, said, last.hex], ensure_ascii=False).encode())
        .rstrip(b"=")
        .decode()
    )


def read_cursor(cursor: str, order: Order) -> Place:
    """The place in a cursor; raises `BadCursor` if it is not a cursor of this list."""
    try:
        made_for, value, hex_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = (moment(value) if order.sort == "completed" else value), uuid.UUID(hex_id)
    except (ValueError, TypeError, OverflowError, binascii.Error, AttributeError, RecursionError):
        made_for, value, place = None, None, (None, NIL)
    if made_for != order.mark or not fit(value):
        raise BadCursor("cursor", _("This cursor does not belong to this list. Start again without one."))
    return place


def fit(value: Any) -> bool:
    """Whether both databases accept this text."""
    return isinstance(value, str) and len(value) <= 1_000 and not NO_TEXT.search(value)


def moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    # The first and the last hours of the calendar have no name in UTC, in which moments are stored.
    return found.astimezone(UTC)


class BadCursor(Invalid):
    """A cursor that is not from this list."""
