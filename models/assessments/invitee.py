"""Who is invited: the profile of an address, existing or new, and what is added to it. One sender at a time."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import NoReturn

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Uuid, column, exists, select, table

from models.accounts import Account
from models.database import db
from models.errors import Invalid, NotAllowed, NotFound
from models.profiles import (
    Alias,
    Profile,
    Tag,
    allowed_key,
    first_name_of,
    last_name_of,
    put_on_new,
    seen,
    tags_of_profile,
    taken,
)
from models.rate_limits import spend_on_try
from models.request_scope import NO_LIMITS, current_scope
from models.text import email_address

MOST_TAGS = 20
NOT_BY_YOU = lazy_gettext("You cannot invite this address. Ask an Owner.")
NOT_THROUGH_HERE = "This address cannot be invited through this connection. A member can invite it in Profile."
OTHER_CUSTOM_ID = lazy_gettext(
    "This person already has another custom id. Leave it out, or change it on their profile."
)


def account_in_turn(account_id: uuid.UUID) -> Account:
    """The current account, locked so that nobody else can invite in it and create duplicates until the transaction ends."""
    # SQLite has one writer at a time, and no row locks.
    statement = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    account = db.session.scalar(statement.execution_options(populate_existing=True))
    if account is None:
        raise NotFound("This account no longer exists.")
    return account


def invited_profile(
    account_id: uuid.UUID,
    email: str,
    first_name: str,
    last_name: str,
    custom_id: str | None = None,
    connection_id: uuid.UUID | None = None,
) -> Profile:
    """The profile with this address, created if there is none. Existing names stay; missing ones are added.

    `custom_id` is for later. Raises `Invalid` for one that nobody could have, and `NotAllowed` if the limits of the
    calling connection forbid it to learn who this is: that costs it an invitation.
    """
    address = email_address(email)
    names = {"first_name": first_name_of(first_name), "last_name": last_name_of(last_name)}
    wanted = custom_key(custom_id)
    with current_scope().limited_to(NO_LIMITS):
        # An address has one profile in an account, whoever sees it.
        found = Profile.by_email(account_id, address)
    if found is None:
        return new_profile(account_id, address, **names)
    if not (seen(account_id, found.id) and may_learn_address(found, connection_id)):
        refuse_known(account_id, wanted, connection_id)
    if lacking := {name: value for name, value in names.items() if value and not getattr(found, name)}:
        found.update(**lacking)
    return found


# Only its columns: models/assessments/invitation.py has the table, and it imports this module.
asked = table(
    "assessment_invitation", column("account_id", Uuid), column("profile_id", Uuid), column("connection_id", Uuid)
).c


def refuse_known(account_id: uuid.UUID, wanted: str | None, connection_id: uuid.UUID | None) -> NoReturn:
    """Refuse a known address with the same words as an unknown one would be."""
    if wanted and Alias.by_key(account_id, wanted):
        raise Invalid("custom_id", taken())
    if connection_id:
        spend_on_try(connection_id)
    raise NotAllowed(NOT_THROUGH_HERE if connection_id else str(NOT_BY_YOU))


def may_learn_address(profile: Profile, connection_id: uuid.UUID | None) -> bool:
    """Whether the caller may learn that this profile has this address: members may, and so may an app that gave the address itself."""
    if not current_scope().limits.hide_contact:
        return True
    own = exists().where(
        asked.account_id == profile.account_id, asked.profile_id == profile.id, asked.connection_id == connection_id
    )
    return bool(db.session.scalar(select(own)))


def new_profile(account_id: uuid.UUID, address: str, first_name: str, last_name: str) -> Profile:
    try:
        return Profile.create(account_id, address, first_name, last_name)
    except Invalid:
        # Its rules were checked before. Only a page or an import can have created this profile since.
        raise Invalid("email", _("%(address)s has just got a profile. Send it again.", address=address)) from None


def add_tags_and_custom_id(profile: Profile, tags: Collection[Tag], custom_id: str | None) -> None:
    """Add tags and a custom id to a profile; this removes and replaces nothing."""
    carried = {tag.id for tag in tags_of_profile(profile.account_id, profile.id)}
    # Under tag limits, a new person does not exist for the caller before the first tag is added.
    put_on_new(profile, [tag for tag in tags if tag.id not in carried])
    if custom_id and custom_id.strip():
        put_custom_id(profile, custom_id)


def chosen_tags(account_id: uuid.UUID, tag_ids: Collection[uuid.UUID]) -> list[Tag]:
    """The tags with these ids, without repetition; raises `Invalid` for too many and `NotFound` for an unknown one."""
    distinct = dict.fromkeys(tag_ids)
    if len(distinct) > MOST_TAGS:
        raise Invalid("tag_ids", _("Choose at most %(most)s tags.", most=MOST_TAGS))
    return [Tag.find(account_id, tag_id) for tag_id in distinct]


def custom_key(custom_id: str | None) -> str | None:
    """The custom id as it would be stored, or None. Raises `Invalid` for one that nobody could have."""
    if not custom_id or not custom_id.strip():
        return None
    try:
        return allowed_key(custom_id)
    except Invalid as problem:
        raise Invalid("custom_id", problem.message) from None


def put_custom_id(profile: Profile, custom_id: str) -> None:
    present = [alias.consumer_key for alias in Alias.of_profile(profile.account_id, profile.id)]
    if present and custom_id.strip() not in present:
        raise Invalid("custom_id", str(OTHER_CUSTOM_ID))
    try:
        Alias.create(profile.account_id, "profile", profile.id, custom_id)
    except Invalid as problem:
        raise Invalid("custom_id", problem.message) from None
