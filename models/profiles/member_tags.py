"""The tags of a member: in an account that limits its members, they see the profiles that have one of these, and their own."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask_babel import gettext as _
from sqlalchemy import select

from models.accounts import Member
from models.audit import Action, record
from models.database import db
from models.errors import NotFound
from models.profiles.tag import Tag


def give_tags(member: Member, tag_ids: Collection[uuid.UUID]) -> bool:
    """Set the tags of a member, for their next request and for that of each of their apps; returns whether they changed.

    A deleted tag stays if it was there. Raises `NotFound` for an unknown one.
    """
    member.lock()
    before, wanted = set(map(uuid.UUID, member.tag_ids or ())), set(tag_ids)
    known = select(Tag.id).where(Tag.account_id == member.account_id, Tag.id.in_(wanted - before))
    if set(db.session.scalars(known)) != wanted - before:
        raise NotFound(_("There is no tag with this id in this account."))
    if wanted == before:
        return False
    member.tag_ids = sorted(map(str, wanted)) or None
    record(
        Action.MEMBER_TAGS_CHANGED,
        ("member", member.id),
        *(("tag", tag_id) for tag_id in sorted(wanted)),
        values={"added": sorted(map(str, wanted - before)), "removed": sorted(map(str, before - wanted))},
        account_id=member.account_id,
    )
    return True


def tags_seen_by(member: Member) -> list[Tag] | None:
    """The tags whose profiles a member sees, by label; None if they see everybody."""
    limit = member.limits.member
    return None if limit is None else [tag for tag in Tag.all_in(member.account_id) if tag.id in limit.tags]
