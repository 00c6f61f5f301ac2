"""The profiles that exist for the caller: all of the account, or those within the limits of a connection."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Uuid, and_, literal, select
from sqlalchemy.sql.elements import ColumnElement

from models.database import db, table_of
from models.errors import NotAllowed
from models.profiles.profile_tag import ProfileTag
from models.request_scope import current_scope

worn = table_of(ProfileTag).alias("worn")
CHOOSE = "This connection is limited to profiles with certain tags. Give one of these in tag_ids: {tags}."


def visible(profile_id: Any, account_id: Any) -> Iterator[ColumnElement[bool]]:
    """Conditions on a profile, given the columns or values of its id and its account."""
    for tags in current_scope().limits.only_tags:
        carried = select(worn.c.profile_id).where(
            worn.c.account_id == account_id, worn.c.profile_id == profile_id, worn.c.tag_id.in_(sorted(tags))
        )
        yield carried.exists()


def seen(account_id: uuid.UUID, profile_id: uuid.UUID) -> bool:
    """Whether a profile of this account exists for the caller."""
    wanted = list(visible(literal(profile_id, Uuid), literal(account_id, Uuid)))
    return not wanted or bool(db.session.scalar(select(and_(*wanted))))


def tags_for_new(given: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The tags of a new profile that its creator can see: the given ones, and the tag of a limit that has only one.

    Raises `NotAllowed` if the caller must choose a tag and did not.
    """
    wanted = list(given)
    for tags in current_scope().limits.only_tags:
        if tags.isdisjoint(wanted):
            if len(tags) != 1:
                raise NotAllowed(CHOOSE.format(tags=", ".join(map(str, sorted(tags)))))
            wanted += tags
    return wanted
