"""Before-images: what a change made of each row, kept for thirty days so that people can take the change back.

They hold personal data, so they are outside the audit log's hashes, and can be erased at any time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    Table,
    Uuid,
    delete,
    insert,
    null,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import KeyedColumnElement

from models.audit.seal import first_id
from models.database import AccountRow, Base, Prepared, UTCDateTime, db, delete_in_account, now, rows_changed, table_of

KEPT = timedelta(days=30)
MOST_ROWS = 10_000
"""Of a change to more rows than this, nothing is kept, and it cannot be taken back."""
AT_ONCE = 500
Values = Mapping[str, Any]

DERIVED = frozenset(
    [
        "updated_at",
        "email_key",
        "sort_name",
        "name_key",
        "name_text",
        "search_text",
        "label_key",
        "sort_label",
        "is_contact",
    ]
)
"""Columns that are made from others. Two changes of one row both change them, and still do not contradict each other."""
NOT_KEPT = frozenset({"before_image", "debrief_request", "message", "profile_word"})
"""Tables whose rows are deleted with others and do not come back: work in progress, and what triggers write."""


@dataclass(frozen=True)
class Image:
    """One row before and after a change."""

    row: str
    """Its table and key, such as `tag/018f…`."""
    before: Values | None
    """What it was: the changed columns, or all of a deleted row; None if the change created it."""
    after: Values | None
    """What it became; None if the change deleted it."""
    person: str | None = None
    """The id of the profile that it is about."""


class BeforeImage(AccountRow, Base):
    """One row before and after a change that an entry of the audit log tells of."""

    __tablename__ = "before_image"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    """Images of one row are numbered in the order of its changes, whatever the clocks say."""
    entry_id: Mapped[uuid.UUID]
    connection_id: Mapped[uuid.UUID | None]
    """The connection whose app made the change."""
    row_name: Mapped[str]
    profile_id: Mapped[uuid.UUID | None]
    """The person whose data it is. Erasing them is rare, so it needs no index."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        Index("ix_before_image_entry", "account_id", "entry_id"),
        Index("ix_before_image_connection", "account_id", "connection_id", "entry_id"),
        Index("ix_before_image_row", "account_id", "row_name"),
    )

    @classmethod
    def is_over(cls, moment: datetime) -> ColumnElement[bool]:
        """Whether its thirty days have passed."""
        return cls.entry_id < first_id(moment - KEPT)

    @classmethod
    def forget_over(cls, account_id: uuid.UUID) -> int:
        """Delete those whose thirty days have passed; returns how many there were."""
        return delete_in_account(account_id, cls, cls.account_id == account_id, cls.is_over(now()))

    @classmethod
    def of_entries(cls, account_id: uuid.UUID, entry_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Those of these entries whose changes are kept."""
        wanted = cls.account_id == account_id, cls.entry_id.in_(list(entry_ids)), ~cls.is_over(now())
        return set(db.session.scalars(select(cls.entry_id).where(*wanted).distinct()))

    @classmethod
    def of_deleted_people(cls, account_id: uuid.UUID, entry_id: uuid.UUID) -> list[uuid.UUID]:
        """The people whom this entry deleted and of whom something is kept."""
        deleted = cls.row_name.like("profile/%"), cls.after.is_(None), cls.profile_id.is_not(None)
        here = cls.account_id == account_id, cls.entry_id == entry_id
        return [id_ for id_ in db.session.scalars(select(cls.profile_id).where(*here, *deleted)) if id_]

    @classmethod
    def erase_person(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> int:
        """Delete every image with data of this person permanently; returns how many there were."""
        return rows_changed(delete(cls).where(cls.account_id == account_id, cls.profile_id == profile_id))


INSERT_IMAGE = Prepared(
    insert(table_of(BeforeImage)), [column.key for column in table_of(BeforeImage).columns if column.key != "number"]
)


def fits(rows: int) -> bool:
    """Whether a change to this many rows is kept, so that it can be taken back."""
    return rows <= MOST_ROWS


def keep(account_id: uuid.UUID, entry_id: uuid.UUID, connection_id: uuid.UUID | None, images: Sequence[Image]) -> None:
    """Keep the images of an entry that was just written."""
    if not fits(len(images)):
        return
    own = {"account_id": account_id, "entry_id": entry_id, "connection_id": connection_id}
    for image in images:
        person = uuid.UUID(image.person) if image.person else None
        values = {"row_name": image.row, "profile_id": person, "before": image.before, "after": image.after}
        INSERT_IMAGE.run(own | values)


def stored(row: Base) -> dict[str, Any]:
    """The columns of this object as an image has them."""
    return {column.key: plain(getattr(row, column.key)) for column in row.__table__.columns}


def creation(*rows: Base) -> list[Image]:
    """The images of rows that were just created."""
    kept = [(table_of(type(row)), stored(row)) for row in rows]
    return [Image(name_of_row(table, after), None, after, person_in(table, after)) for table, after in kept]


def difference(row: Base, before: Values) -> list[Image]:
    """The image of a row that was changed, where `before` is what `stored` said of it then; none if it is unchanged."""
    after = stored(row)
    changed = [name for name in after if after[name] != before[name] and name not in DERIVED]
    if not changed:
        return []
    table, kept = (
        table_of(type(row)),
        ({name: before[name] for name in changed}, {name: after[name] for name in changed}),
    )
    return [Image(name_of_row(table, after), *kept, person_in(table, after))]


def deletion(row: Base) -> list[Image]:
    """The images of a row that is about to be deleted, and of every row that goes with it."""
    db.session.flush()
    table, own, found = table_of(type(row)), stored(row), dict[str, Image]()
    for each, values in rows_with(table, own["account_id"], "id", [own["id"]]):
        kept = {name: plain(value) for name, value in values.items()}
        person = person_in(each, kept) or person_in(table, own)
        found.setdefault(name := name_of_row(each, kept), Image(name, kept, None, person))
        if not fits(len(found)):
            break
    return [*found.values()]


def rows_with(
    table: Table, account_id: str, column: str, ids: Sequence[Any]
) -> Iterator[tuple[Table, Mapping[str, Any]]]:
    """The rows of a table with one of these values, and the rows of other tables that are deleted with them."""
    own = table.c.account_id == uuid.UUID(account_id)
    for start in range(0, len(ids), AT_ONCE):
        wanted = [uuid.UUID(str(id_)) for id_ in ids[start : start + AT_ONCE]]
        some = select(table).where(own, table.c[column].in_(wanted))
        rows = db.session.connection().execute(some).mappings().all()
        for row in rows:
            yield table, dict(row)
        for child, theirs, ours in children_of(table) if rows else ():
            yield from rows_with(child, account_id, theirs, [row[ours] for row in rows])


@cache
def children_of(table: Table) -> list[tuple[Table, str, str]]:
    """The tables whose rows are deleted with those of this one: each with its column, and the one here that it refers to."""
    return [
        (child, pair.parent.name, pair.column.name)
        for child in Base.metadata.sorted_tables
        if child.name not in NOT_KEPT
        for key in child.foreign_key_constraints
        if key.referred_table is table and key.ondelete == "CASCADE"
        for pair in key.elements
        if pair.parent.name != "account_id"
    ]


def person_in(table: Table, values: Values) -> str | None:
    """The id of the profile that a row is about."""
    person: str | None = (
        values["id"] if table.name == "profile" else values.get("profile_id", values.get("resource_id"))
    )
    return person


def name_of_row(table: Table, values: Values) -> str:
    """The name of a row in images: its table and its key."""
    keys = [str(values[column.name]) for column in table.primary_key if column.name != "account_id"]
    return "/".join([table.name, *keys])


def plain(value: Any) -> Any:
    """A column's value as JSON."""
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def revived(column: KeyedColumnElement[Any], value: Any) -> Any:
    """A column's value from JSON."""
    if value is None:
        # In JSON, None is a value too.
        return null() if isinstance(column.type, JSON) else None
    if isinstance(column.type, Uuid):
        return uuid.UUID(value)
    return datetime.fromisoformat(value) if isinstance(column.type, UTCDateTime) else value
