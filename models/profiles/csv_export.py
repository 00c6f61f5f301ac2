"""Exporting profiles: all columns of a list of any length, batch by batch."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.database import db
from models.profiles.alias import Alias
from models.profiles.listing import Summary, TagMark, profile_page, tags_of_profiles
from models.profiles.profile import Profile

AT_ONCE = 1_000


@dataclass(frozen=True)
class Exported:
    """A profile with everything that belongs to it except results."""

    profile: Summary
    phone: str
    tags: list[TagMark]
    custom_id: str


def exported(account_id: uuid.UUID, **wanted: Any) -> Iterator[Exported]:
    """The profiles of `profile_page`, in its order; the transaction ends after each batch."""
    cursor: str | None = None
    while True:
        page = profile_page(account_id, limit=AT_ONCE, cursor=cursor, **wanted)
        batch = with_what_belongs(account_id, page.rows)
        # A slow download must not keep a transaction open.
        db.session.rollback()
        yield from batch
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def with_what_belongs(account_id: uuid.UUID, rows: list[Summary]) -> list[Exported]:
    ids = [row.id for row in rows]
    phones, tags, custom_ids = (
        phones_of(account_id, ids),
        tags_of_profiles(account_id, ids),
        custom_ids_of(account_id, ids),
    )
    return [Exported(row, phones.get(row.id, ""), tags.get(row.id, []), custom_ids.get(row.id, "")) for row in rows]


def phones_of(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = select(Profile.id, Profile.phone).where(Profile.account_id == account_id, Profile.id.in_(ids))
    return dict(db.session.execute(found).all())


def custom_ids_of(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The oldest alias of each."""
    found = select(Alias.resource_id, Alias.consumer_key).where(
        Alias.account_id == account_id, Alias.resource_id.in_(ids)
    )
    # The newest first, so that the oldest overwrites the others.
    return dict(db.session.execute(found.order_by(Alias.id.desc())).all())
