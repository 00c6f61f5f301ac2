"""Lists that stay quick however long they are: by keyset, not by offset, with totals that stop counting at a bound."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Uuid, column, func, or_, select, table, text
from sqlalchemy.sql.elements import ColumnElement

from models.alias import Alias
from models.base import db
from models.errors import Invalid
from models.profile import Profile
from models.tag import ProfileTag, Tag
from models.text import key, words

COUNTED_AT_MOST = 10_000
SORTS = ("name", "created", "completed")

profiles = Profile.__table__.c
# SQLite's full-text index and the key that ties its rows to profiles; migrations make both and triggers keep them.
# The key is a table of its own because VACUUM renumbers the hidden rowids of tables without an integer key.
search_index = table("profile_search", column("rowid"), column("profile_search"))
search_key = table("profile_search_key", column("id"), column("profile_id", Uuid))


@dataclass(frozen=True)
class Summary:
    """One line of the list of profiles."""

    id: uuid.UUID
    email: str
    first_name: str
    last_name: str
    status: str
    disc_style: str | None
    completed_at: datetime | None
    created_at: datetime
    sort_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True)
class Page:
    """Part of a list, where the next part starts, and how many there are in all (exact up to 10,000)."""

    rows: list[Any]
    next_cursor: str | None
    total: int
    total_is_exact: bool


def profile_page(
    account_id: uuid.UUID,
    *,
    search: str = "",
    tag_ids: Collection[uuid.UUID] = (),
    status: str | None = None,
    disc_style: str | None = None,
    sort: str = "name",
    limit: int = 10,
    cursor: str | None = None,
) -> Page:
    """Profiles of an account: those that have every word of `search` (as a beginning), every tag, this status and this style."""
    matching = matching_profiles(account_id, search, tag_ids, status, disc_style)
    if sort == "completed":
        matching = matching.where(profiles.completed_at.is_not(None))
    wanted = after(matching, sort, cursor).limit(limit + 1)
    rows = [Summary(*row) for row in db.session.connection().execute(wanted)]
    more = len(rows) > limit
    counted = select(func.count()).select_from(matching.limit(COUNTED_AT_MOST + 1).subquery())
    total = db.session.connection().execute(counted).scalar_one()
    return Page(
        rows[:limit],
        cursor_of(rows[limit - 1], sort) if more else None,
        min(total, COUNTED_AT_MOST),
        total <= COUNTED_AT_MOST,
    )


def matching_profiles(
    account_id: uuid.UUID, search: str, tag_ids: Collection[uuid.UUID], status: str | None, disc_style: str | None
) -> Select[Any]:
    statement = select(
        profiles.id, profiles.email, profiles.first_name, profiles.last_name, profiles.status, profiles.disc_style,
        profiles.completed_at, profiles.created_at, profiles.sort_name,
    ).where(profiles.account_id == account_id)  # fmt: skip
    if sought := words(search)[:8]:
        statement = statement.where(has_words(account_id, sought))
    for tag_id in sorted(set(tag_ids)):
        carrying = select(ProfileTag.profile_id).where(ProfileTag.account_id == account_id, ProfileTag.tag_id == tag_id)
        statement = statement.where(profiles.id.in_(carrying))
    if status:
        statement = statement.where(profiles.status == status)
    if disc_style:
        statement = statement.where(profiles.disc_style == disc_style.upper())
    return statement


def has_words(account_id: uuid.UUID, sought: list[str]) -> ColumnElement[bool]:
    """That a profile has every word, as a beginning. `words` leaves only letters and digits, so nothing here is query syntax."""
    if db.engine.dialect.name == "postgresql":
        return func.to_tsvector(text("'simple'"), profiles.search_text).op("@@")(
            func.to_tsquery(text("'simple'"), " & ".join(f"{word}:*" for word in sought))
        )
    # The account stands in the index too: without it a common word of every account would be read first.
    beginnings = " AND ".join(f'"{word}"*' for word in sought)
    query = f'account:"{account_id.hex}" AND words:({beginnings})'
    found = select(search_index.c.rowid).where(search_index.c.profile_search.op("MATCH")(query))
    return profiles.id.in_(select(search_key.c.profile_id).where(search_key.c.id.in_(found)))


def after(statement: Select[Any], sort: str, cursor: str | None) -> Select[Any]:
    """The same list in this order, from just after the cursor. Written `a >= x AND (a > x OR id > y)`: SQLite's planner then uses the index."""
    start = read_cursor(cursor, sort) if cursor else None
    if sort == "created":
        if start:
            statement = statement.where(profiles.id < start[1])
        return statement.order_by(profiles.id.desc())
    if sort == "completed":
        if start:
            statement = statement.where(
                profiles.completed_at <= start[0], or_(profiles.completed_at < start[0], profiles.id < start[1])
            )
        return statement.order_by(profiles.completed_at.desc(), profiles.id.desc())
    if start:
        statement = statement.where(
            profiles.sort_name >= start[0], or_(profiles.sort_name > start[0], profiles.id > start[1])
        )
    return statement.order_by(profiles.sort_name, profiles.id)


def cursor_of(row: Summary, sort: str) -> str:
    """Where a list goes on, as an opaque text: the sort, the sorted value and the id of the last row shown."""
    value = {"name": row.sort_name, "completed": row.completed_at.isoformat() if row.completed_at else ""}.get(sort, "")
    return base64.urlsafe_b64encode(json.dumps([sort, value, row.id.hex]).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str, sort: str) -> tuple[Any, uuid.UUID]:
    """The sorted value and id that a cursor stands for; raises `BadCursor` when it is not one of this list."""
    try:
        made_for, value, hex_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_for != sort or "\x00" in value or len(value) > 500:
            raise ValueError(made_for)
        return (datetime.fromisoformat(value) if sort == "completed" else value), uuid.UUID(hex_id)
    except (ValueError, TypeError, binascii.Error, AttributeError):
        raise BadCursor("cursor", "This cursor does not belong to this list. Start again without one.") from None


class BadCursor(Invalid):
    """A cursor that this list did not make."""


@dataclass(frozen=True)
class TagLine:
    """One line of the list of tags."""

    id: uuid.UUID
    label: str
    color: str
    profiles: int

    def shown(self) -> dict[str, Any]:
        return {"id": str(self.id), "label": self.label, "color": self.color, "profiles": self.profiles}


def tag_page(account_id: uuid.UUID, search: str = "", limit: int = 10, page: int = 1) -> Page:
    """Tags of an account by label, those whose label contains `search`, with how many profiles carry each."""
    tags = Tag.__table__.c
    carried = (
        select(func.count())
        .where(ProfileTag.account_id == tags.account_id, ProfileTag.tag_id == tags.id)
        .scalar_subquery()
    )
    matching = select(tags.id, tags.label, tags.color, carried).where(tags.account_id == account_id)
    if search:
        matching = matching.where(tags.label_key.contains(key(search), autoescape=True))
    return numbered_page(matching.order_by(tags.label_key, tags.id), TagLine, limit, page)


def tags_of_profile(account_id: uuid.UUID, profile_id: uuid.UUID) -> list[Tag]:
    """The tags that a profile carries, by label."""
    statement = select(Tag).join(ProfileTag, (ProfileTag.account_id == Tag.account_id) & (ProfileTag.tag_id == Tag.id))
    return list(
        db.session.scalars(
            statement.where(Tag.account_id == account_id, ProfileTag.profile_id == profile_id).order_by(Tag.label_key)
        )
    )


@dataclass(frozen=True)
class AliasLine:
    """One line of the list of aliases."""

    id: uuid.UUID
    resource_type: str
    resource_id: uuid.UUID
    consumer_key: str
    created_at: datetime

    def shown(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "resource_type": self.resource_type, "resource_id": str(self.resource_id),
            "consumer_key": self.consumer_key, "created_at": self.created_at,
        }  # fmt: skip


def alias_page(account_id: uuid.UUID, search: str = "", limit: int = 10, page: int = 1) -> Page:
    """Aliases of an account by consumer key, those that contain `search`."""
    aliases = Alias.__table__.c
    matching = select(
        aliases.id, aliases.resource_type, aliases.resource_id, aliases.consumer_key, aliases.created_at
    ).where(aliases.account_id == account_id)
    if search:
        matching = matching.where(aliases.consumer_key.contains(search, autoescape=True))
    return numbered_page(matching.order_by(aliases.consumer_key, aliases.id), AliasLine, limit, page)


def numbered_page(matching: Select[Any], line: type, limit: int, page: int) -> Page:
    """A page by number, for the short lists whose interface has page numbers."""
    connection = db.session.connection()
    rows = [line(*row) for row in connection.execute(matching.limit(limit).offset((page - 1) * limit))]
    counted = select(func.count()).select_from(matching.order_by(None).limit(COUNTED_AT_MOST + 1).subquery())
    total = connection.execute(counted).scalar_one()
    return Page(rows, None, min(total, COUNTED_AT_MOST), total <= COUNTED_AT_MOST)
