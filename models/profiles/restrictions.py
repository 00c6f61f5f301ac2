"""The profiles that exist for the caller: all of the account, or those within the limits of a member and their connection."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Select, Uuid, and_, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import Member, User
from models.database import Base, db, table_of
from models.profiles.profile_tag import ProfileTag
from models.request_scope import current_scope

worn = table_of(ProfileTag).alias("worn")
person = table_of(User).alias("person")


def visible(profile_id: Any, account_id: Any) -> Iterator[ColumnElement[bool]]:
    """Conditions on a profile, given the columns or values of its id and its account."""
    limits = current_scope().limits
    if limits.decoy is not None:
        yield profile_id != limits.decoy
    for limit in limits.tag_limits:
        carried = select(worn.c.profile_id).where(
            worn.c.account_id == account_id, worn.c.profile_id == profile_id, worn.c.tag_id.in_(sorted(limit.tags))
        )
        if limit.own_of is None:
            yield carried.exists()
        else:
            # Not "=", which is neither true nor false for somebody without a profile.
            yield or_(carried.exists(), profile_id.in_(own_profile(account_id, limit.own_of)))


def own_profile(account_id: Any, user_id: uuid.UUID) -> Select[uuid.UUID]:
    """The id of the profile with the address that this person signs in with."""
    # By name: the model imports this module.
    own = Base.metadata.tables["profile"].alias("own")
    address = select(person.c.email_key).where(person.c.id == user_id).scalar_subquery()
    return select(own.c.id).where(own.c.account_id == account_id, own.c.email_key == address)


def seen(account_id: uuid.UUID, profile_id: uuid.UUID) -> bool:
    """Whether a profile of this account exists for the caller."""
    wanted = list(visible(literal(profile_id, Uuid), literal(account_id, Uuid)))
    return not wanted or bool(db.session.scalar(select(and_(*wanted))))


def seen_by(member: Member, profile_id: uuid.UUID) -> bool:
    """Whether a profile of their account exists for this member."""
    with current_scope().limited_to(member.limits):
        return seen(member.account_id, profile_id)


def hidden_among(account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these profiles that do not exist for the caller."""
    if current_scope().limits.everybody or not profile_ids:
        return set()
    profile = Base.metadata.tables["profile"].c
    known = select(profile.id).where(profile.account_id == account_id, profile.id.in_(profile_ids))
    found = db.session.connection().execute(known.where(*visible(profile.id, profile.account_id))).scalars()
    return set(profile_ids) - set(found)
