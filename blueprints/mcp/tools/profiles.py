"""Profiles, by `profiles:read` and `profiles:write`."""

from __future__ import annotations

import uuid
from typing import Any

from blueprints.mcp import effects
from blueprints.mcp.input_types import (
    ConsumerKey,
    Cursor,
    FieldsToClear,
    Id,
    Limit,
    NewName,
    NewPhone,
    Search,
    Sort,
    Status,
    Style,
    TagFilter,
    as_custom_id,
)
from blueprints.mcp.output_models import ChangedProfile, DebriefAnswer, Deleted, ProfileAnswer, Profiles
from blueprints.mcp.registry import tool
from models.assessments import delete_profile as remove
from models.audit import touch
from models.debriefs import Debrief
from models.errors import Invalid, NotFound
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import Alias, Profile, Result, Tag, profile_page, seen, tags_of_profile
from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE, PROFILES_READ, PROFILES_WRITE, TAGS_MANAGE

NO_TAGS: list[uuid.UUID] = []
NO_FIELDS: FieldsToClear = []


@tool(
    needs=PROFILES_READ,
    may=Permission.SEE_PROFILES,
    title="List profiles",
    reads=True,
    needs_if={"tag_ids": TAGS_MANAGE},
)
def list_profiles(
    bearer: Bearer,
    search: Search = "",
    tag_ids: TagFilter = NO_TAGS,
    status: Status | None = None,
    disc_style: Style | None = None,
    sort: Sort = "name",
    limit: Limit = 10,
    cursor: Cursor | None = None,
) -> Profiles:
    """List people's profiles in the connected account: name, e-mail, status and DISC style.

    `search` finds beginnings of words in names and e-mail addresses; `tag_ids` finds profiles that have all of these tags.
    `sort` is by name, newest first (created) or last completed first. Go on with `next_cursor`.
    """
    for tag_id in tag_ids:
        Tag.find(bearer.account_id, tag_id)
    found = profile_page(
        bearer.account_id,
        search=search,
        tag_ids=tag_ids,
        status=status,
        disc_style=disc_style,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    touch("profile", (profile.id for profile in found.rows))
    return Profiles.of(
        bearer,
        profiles=found.rows,
        next_cursor=found.next_cursor,
        total=found.total,
        total_is_exact=found.total_is_exact,
    )


@tool(
    needs=PROFILES_READ,
    may=Permission.SEE_PROFILES,
    title="Read a profile",
    reads=True,
    needs_if={"alias": ACCOUNT_READ},
)
def get_profile(bearer: Bearer, profile_id: Id | None = None, alias: ConsumerKey | None = None) -> ProfileAnswer:
    """Read one person's profile: contact, DISC, Focus and Core results. Name it by `profile_id` or by `alias`, not by both."""
    if (profile_id is None) == (alias is None):
        raise Invalid("profile_id", "Give either profile_id or alias.")
    profile = Profile.find(bearer.account_id, profile_id or find_by_alias(bearer.account_id, alias or ""))
    touch("profile", [profile.id])
    debrief = Debrief.newest(bearer.account_id, profile.id)
    return ProfileAnswer.of(
        bearer,
        **profile.as_dict(),
        **Result.present(bearer.account_id, profile.id),
        **read_other_scopes(bearer, profile),
        debrief_written_at=debrief and debrief.created_at,
    )


def find_by_alias(account_id: uuid.UUID, consumer_key: str) -> uuid.UUID:
    """The id of the profile with this alias."""
    alias = Alias.by_key(account_id, consumer_key)
    if alias is None or not seen(account_id, alias.resource_id):
        raise NotFound("There is no profile with this alias in this account.")
    return alias.resource_id


def read_other_scopes(bearer: Bearer, profile: Profile) -> dict[str, Any]:
    """Data of a profile under other scopes; left out if its scope was not granted."""
    more: dict[str, Any] = {}
    if bearer.allows(TAGS_MANAGE):
        more["tags"] = tags_of_profile(bearer.account_id, profile.id)
    if bearer.allows(ACCOUNT_READ):
        keys = [alias.consumer_key for alias in Alias.of_profile(bearer.account_id, profile.id)]
        more |= {"aliases": keys, "custom_id": keys[0] if keys else None}
    return more


@tool(needs=PROFILES_READ, may=Permission.SEE_PROFILES, title="Read a debrief", reads=True)
def get_debrief(bearer: Bearer, profile_id: Id) -> DebriefAnswer:
    """Read the debrief of one person's results: what their scores mean, in words, when it was written and by whom or what."""
    profile = Profile.find(bearer.account_id, profile_id)
    touch("profile", [profile.id])
    return DebriefAnswer.of(bearer, profile_id=profile.id, debrief=Debrief.newest(bearer.account_id, profile.id))


@tool(
    needs=PROFILES_WRITE,
    may=Permission.EDIT_PROFILES,
    title="Change a profile",
    effect=effects.changes_profile,
    destructive=True,
    idempotent=True,
    needs_if={"custom_id": ACCOUNT_WRITE},
)
def update_profile(
    bearer: Bearer,
    profile_id: Id,
    first_name: NewName | None = None,
    last_name: NewName | None = None,
    phone: NewPhone | None = None,
    custom_id: ConsumerKey | None = None,
    clear: FieldsToClear = NO_FIELDS,
) -> ChangedProfile:
    """Change a person's name, phone number or custom id (its alias).

    What is left out, null or empty stays as it is. To empty a field, name it in `clear`; to remove a custom id, delete its alias.
    """
    profile = Profile.find(bearer.account_id, profile_id)
    given = {"first_name": first_name, "last_name": last_name, "phone": phone}
    changed = {name: value for name, value in given.items() if value is not None}
    if changed.keys() & set(clear):
        raise Invalid("clear", "A field is either changed or emptied, not both.")
    changed |= dict.fromkeys(clear, "")
    profile.update(**changed)
    if custom_id is not None:
        with as_custom_id():
            custom_id = Alias.set_custom_id(profile, custom_id).consumer_key
    return build_changed_profile(bearer, profile, set(changed), custom_id)


def build_changed_profile(bearer: Bearer, profile: Profile, given: set[str], custom_id: str | None) -> ChangedProfile:
    """With `profiles:read` the profile; without it the id, the status and the fields that were given."""
    if bearer.allows(PROFILES_READ):
        touch("profile", [profile.id])
    fields = profile.as_dict()
    known = fields.keys() if bearer.allows(PROFILES_READ) else {"id", "status", *given}
    more = {"custom_id": custom_id} if custom_id is not None else {}
    return ChangedProfile.of(bearer, **{name: fields[name] for name in fields if name in known}, **more)


@tool(
    needs=PROFILES_WRITE,
    may=Permission.EDIT_PROFILES,
    title="Delete a profile",
    effect=effects.deletes_profile,
    deletes=True,
)
def delete_profile(bearer: Bearer, profile_id: Id) -> Deleted:
    """Delete a person's profile, with its results, debriefs, aliases and tags. Only a member can take this back, for 30 days."""
    remove(Profile.find(bearer.account_id, profile_id))
    return Deleted.of(bearer, deleted=profile_id)
