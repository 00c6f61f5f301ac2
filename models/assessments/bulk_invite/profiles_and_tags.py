"""What a file adds to the account besides invitations: profiles, missing names, tags and custom ids."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert, select

from models.assessments.bulk_invite.row import Guest
from models.audit import Action, record
from models.database import db, now
from models.profiles import Alias, Profile, ProfileTag, Tag, alias_row, batches

Addresses = dict[uuid.UUID, str]
Mark = tuple[uuid.UUID, uuid.UUID]


def add_tags_and_custom_ids(account_id: uuid.UUID, guests: Sequence[Guest]) -> Addresses:
    """Create missing profiles, and add the tags and custom ids of the file; returns the mail address of each profile."""
    addresses = make_profiles(account_id, [guest for guest in guests if guest.outcome == "new"])
    addresses |= fill_in_names(account_id, {guest.person: guest for guest in guests if guest.outcome != "new"})
    put_tags(account_id, guests)
    give_custom_ids(account_id, guests)
    return addresses


def make_profiles(account_id: uuid.UUID, guests: Sequence[Guest]) -> Addresses:
    for some in batches(guests):
        made = Profile.add_quietly(account_id, [(guest.texts, {}) for guest in some])
        for guest, profile_id in zip(some, made, strict=True):
            guest.profile_id = profile_id
    if guests:
        record(Action.PROFILE_CREATED, *(("profile", guest.person) for guest in guests))
    return {guest.person: guest.texts["email"] for guest in guests}


def fill_in_names(account_id: uuid.UUID, known: dict[uuid.UUID, Guest]) -> Addresses:
    """Add missing names from the file. Existing names stay."""
    addresses: Addresses = {}
    renamed = []
    for some in batches(list(known)):
        for profile in db.session.scalars(
            select(Profile).where(Profile.account_id == account_id, Profile.id.in_(some))
        ):
            addresses[profile.id] = profile.email
            if fill_in(profile, known[profile.id].texts):
                renamed.append(profile.id)
        db.session.flush()
    if renamed:
        named = (("profile", profile_id) for profile_id in renamed)
        record(Action.PROFILE_CHANGED, *named, fields=["first_name", "last_name"])
    return addresses


def fill_in(profile: Profile, texts: dict[str, str]) -> bool:
    """Whether the file had something that was missing."""
    lacking = [name for name in ("first_name", "last_name") if texts.get(name) and not getattr(profile, name)]
    for name in lacking:
        setattr(profile, name, texts[name])
    if lacking:
        profile.updated_at = now()
        profile.refresh_search()
    return bool(lacking)


def put_tags(account_id: uuid.UUID, guests: Sequence[Guest]) -> None:
    tags = {tag.label_key: tag.id for tag in Tag.all_in(account_id)}
    wanted = {(tags[key], guest.person): None for guest in guests for key in guest.tags}
    carried = carried_by(account_id, [guest.person for guest in guests if guest.tags and guest.outcome != "new"])
    new: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for tag_id, profile_id in wanted:
        if (tag_id, profile_id) not in carried:
            new[tag_id].append(profile_id)
    for tag_id, profile_ids in new.items():
        rows = [{"account_id": account_id, "tag_id": tag_id, "profile_id": profile_id} for profile_id in profile_ids]
        db.session.connection().execute(insert(ProfileTag), rows)
        record(Action.TAG_PUT, ("tag", tag_id), *(("profile", profile_id) for profile_id in profile_ids))


def carried_by(account_id: uuid.UUID, profile_ids: Sequence[uuid.UUID]) -> set[Mark]:
    """Which profiles already have which of these tags."""
    found: set[Mark] = set()
    marks = select(ProfileTag.tag_id, ProfileTag.profile_id).where(ProfileTag.account_id == account_id)
    for some in batches(profile_ids):
        found.update(db.session.execute(marks.where(ProfileTag.profile_id.in_(some))))
    return found


def give_custom_ids(account_id: uuid.UUID, guests: Sequence[Guest]) -> None:
    wanted = {guest.texts["custom_id"]: guest.person for guest in guests if "custom_id" in guest.texts}
    present = select(Alias.consumer_key).where(Alias.account_id == account_id)
    for some in batches(list(wanted)):
        # The plan has checked the owners: an existing custom id belongs to this same person.
        for custom_id in db.session.scalars(present.where(Alias.consumer_key.in_(some))):
            del wanted[custom_id]
    rows = [alias_row(account_id, profile_id, custom_id) for custom_id, profile_id in wanted.items()]
    if rows:
        db.session.connection().execute(insert(Alias), rows)
        given = [pair for row in rows for pair in (("alias", row["id"]), ("profile", row["resource_id"]))]
        record(Action.ALIAS_CREATED, *given)
