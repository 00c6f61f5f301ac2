"""Checks that limits leave a connection something to access; limits that exclude everything are refused, with the reason."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from models.connections.limit_values import Limited
from models.database import db, table_of
from models.errors import Invalid, NotFound
from models.profiles import Profile, Tag, visible, worn
from models.request_scope import Limits, TagLimit, current_scope
from models.scopes import READING, SCOPES

TagSets = tuple[frozenset[uuid.UUID], ...]
person = table_of(Profile)


def checked_tags(whose: Limited, value: Any) -> list[str] | None:
    """Tags of this account as texts, or None for no limit; a deleted tag stays if it was there.

    Raises `Invalid` for an empty list.
    """
    if value is None:
        return None
    if not value:
        raise Invalid("only_tags", _("Choose at least one tag. Without one, the app would see no profiles."))
    wanted = {uuid.UUID(str(each)) for each in value}
    must_exist(whose.account_id, wanted - set(map(uuid.UUID, whose.only_tags or [])))
    return sorted(map(str, wanted))


def must_exist(account_id: uuid.UUID, tag_ids: set[uuid.UUID]) -> None:
    known = select(Tag.id).where(Tag.account_id == account_id, Tag.id.in_(tag_ids))
    if set(db.session.scalars(known)) != tag_ids:
        raise NotFound(_("There is no tag with this id in this account."))


def must_leave_somebody(
    account_id: uuid.UUID, tags: TagSets, policy: TagSets = (), member: TagLimit | None = None
) -> None:
    """Raises `Invalid` if people exist but nobody has a tag of each set; an empty account passes.

    Only the people whom this member sees count.
    """
    if carried_by_somebody(account_id, tags + policy, member) or not anybody(account_id, member):
        return
    if policy and carried_by_somebody(account_id, tags, member):
        raise Invalid(
            "only_tags",
            _(
                "No profile has one of these tags and one that the account's policy requires. Choose other tags, or none."
            ),
        )
    raise Invalid(
        "only_tags",
        _("No profile has any of these tags yet. Add one to a profile first, or choose other tags."),
    )


def carried_by_somebody(account_id: uuid.UUID, tags: TagSets, member: TagLimit | None) -> bool:
    """Whether at least one profile that this member sees has a tag of each of these sets."""
    first, *others = tags
    carried = select(worn.c.profile_id).where(worn.c.account_id == account_id, worn.c.tag_id.in_(sorted(first)))
    held = person.alias()
    with current_scope().limited_to(Limits(only_tags=tuple(others), member=member)):
        left = select(held.c.id).where(held.c.account_id == account_id, held.c.id.in_(carried))
        return db.session.scalar(left.where(*visible(held.c.id, held.c.account_id)).limit(1)) is not None


def anybody(account_id: uuid.UUID, member: TagLimit | None) -> bool:
    with current_scope().limited_to(Limits(member=member)):
        there = select(person.c.id).where(person.c.account_id == account_id)
        return db.session.scalar(there.where(*visible(person.c.id, person.c.account_id)).limit(1)) is not None


def must_leave_something_to_read(scopes: frozenset[str], reason: str) -> None:
    """Raises `Invalid` if a read-only app has only scopes that read nothing."""
    if not scopes & READING:
        readable = ", ".join(name for name in SCOPES if name in READING)
        raise Invalid("read_only", f"{reason} {_('Scopes that can read: %(scopes)s.', scopes=readable)}")
