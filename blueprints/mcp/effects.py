"""What each writing tool would do with these inputs now: the facts that a person is shown before they allow the call.

A tool that writes cannot be defined without one. The sentences are in `blueprints/forms/call_sentences.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from models.accounts import Account
from models.approvals import Effect
from models.assessments import RemovalRequest
from models.audit.before_image import fits
from models.database import Base, db
from models.oauth import Bearer
from models.profiles import Alias, Profile, Tag
from models.text import full_name

Row = TypeVar("Row", bound=Base)
EffectOf = Callable[..., Effect]


def changes_account(bearer: Bearer, **settings: Any) -> Effect:
    account = held(db.session.get_one(Account, bearer.account_id))
    given = {name: value for name, value in settings.items() if value is not None}
    return Effect({"changes": changes_of(account, given)}, people=0)


def creates_tag(_bearer: Bearer, label: str, **_more: Any) -> Effect:
    return Effect({"label": label}, people=0)


def changes_tag(bearer: Bearer, tag_id: uuid.UUID, label: str | None = None, color: str | None = None) -> Effect:
    tag = held(Tag.find(bearer.account_id, tag_id))
    given = {name: value for name, value in (("label", label), ("color", color)) if value is not None}
    facts = {"tag": tag.label, "label": label, "color": color, "changes": changes_of(tag, given)}
    return Effect(facts, people=0)


def deletes_tag(bearer: Bearer, tag_id: uuid.UUID) -> Effect:
    tag = held(Tag.find(bearer.account_id, tag_id))
    count = tag.profile_count
    return Effect({"tag": tag.label, "count": count, "permanently": not fits(1 + count)}, people=count)


def tags_profiles(bearer: Bearer, tag_id: uuid.UUID, profile_ids: Sequence[uuid.UUID]) -> Effect:
    tag, count = held(Tag.find(bearer.account_id, tag_id)), len(set(profile_ids))
    return Effect({"tag": tag.label, "count": count}, people=count)


def creates_alias(bearer: Bearer, resource_id: uuid.UUID, consumer_key: str, **_more: Any) -> Effect:
    return Effect({"alias": consumer_key, "person": name_of(bearer, resource_id)})


def changes_alias(bearer: Bearer, alias_id: uuid.UUID, consumer_key: str) -> Effect:
    alias = held(Alias.find(bearer.account_id, alias_id))
    return Effect({"alias": alias.consumer_key, "new": consumer_key, "person": name_of(bearer, alias.resource_id)})


def deletes_alias(bearer: Bearer, alias_id: uuid.UUID) -> Effect:
    alias = held(Alias.find(bearer.account_id, alias_id))
    return Effect({"alias": alias.consumer_key, "person": name_of(bearer, alias.resource_id)})


def deletes_profile(bearer: Bearer, profile_id: uuid.UUID) -> Effect:
    asked = RemovalRequest.open_of(Profile.find(bearer.account_id, profile_id))
    return Effect({"person": name_of(bearer, profile_id), "permanently": asked is not None})


def changes_profile(
    bearer: Bearer, profile_id: uuid.UUID, custom_id: str | None = None, clear: Sequence[str] = (), **fields: str | None
) -> Effect:
    profile = held(Profile.find(bearer.account_id, profile_id))
    given = {name: value for name, value in fields.items() if value is not None}
    changes = changes_of(profile, given | dict.fromkeys(clear, ""))
    if custom_id is not None:
        present = [held(alias).consumer_key for alias in Alias.of_profile(bearer.account_id, profile_id)]
        changes.append(["custom_id", present[0] if present else "", custom_id])
    return Effect({"person": name_of(bearer, profile_id), "changes": changes})


def held(row: Row) -> Row:
    """The row as it is now, locked until the call has ended: nobody changes it after it was compared with what was shown."""
    db.session.refresh(row, with_for_update={"of": type(row)})
    return row


def changes_of(row: Any, given: Mapping[str, Any]) -> list[list[Any]]:
    """The fields that would be overwritten, each with its value now and then. If one of these is another when the call runs, it is asked
    about again. They are in one order: equal calls must be equal in every process."""
    return [[name, getattr(row, name), given[name]] for name in sorted(given)]


def invites(bearer: Bearer, email: str, tag_ids: Sequence[uuid.UUID] = (), **_more: Any) -> Effect:
    # In one order: two calls that lock the same tags must not wait for each other.
    tags = [held(Tag.find(bearer.account_id, tag_id)).label for tag_id in sorted(set(tag_ids))]
    return Effect({"email": email.strip(), "tags": tags})


def name_of(bearer: Bearer, profile_id: uuid.UUID) -> str:
    profile = held(Profile.find(bearer.account_id, profile_id))
    return full_name(profile.first_name, profile.last_name) or profile.email
