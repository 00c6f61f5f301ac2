"""What each writing tool would do with these inputs now: the facts that a person is shown before they allow the call.

A tool that writes cannot be defined without one. The sentences are in `blueprints/forms/call_sentences.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from models.approvals import Effect
from models.oauth import Bearer
from models.profiles import Alias, Profile, Tag
from models.text import full_name

EffectOf = Callable[..., Effect]


def changes_account(_bearer: Bearer, **settings: Any) -> Effect:
    return Effect({"fields": sorted(settings)})


def creates_tag(_bearer: Bearer, label: str, **_more: Any) -> Effect:
    return Effect({"label": label}, people=0)


def changes_tag(bearer: Bearer, tag_id: uuid.UUID, label: str | None = None, color: str | None = None) -> Effect:
    tag = Tag.find(bearer.account_id, tag_id)
    return Effect({"tag": tag.label, "label": label, "color": color}, people=0)


def deletes_tag(bearer: Bearer, tag_id: uuid.UUID) -> Effect:
    tag = Tag.find(bearer.account_id, tag_id)
    count = tag.profile_count
    return Effect({"tag": tag.label, "count": count}, people=count)


def tags_profiles(bearer: Bearer, tag_id: uuid.UUID, profile_ids: Sequence[uuid.UUID]) -> Effect:
    tag, count = Tag.find(bearer.account_id, tag_id), len(set(profile_ids))
    return Effect({"tag": tag.label, "count": count}, people=count)


def creates_alias(bearer: Bearer, resource_id: uuid.UUID, consumer_key: str, **_more: Any) -> Effect:
    return Effect({"alias": consumer_key, "person": name_of(bearer, resource_id)})


def changes_alias(bearer: Bearer, alias_id: uuid.UUID, consumer_key: str) -> Effect:
    alias = Alias.find(bearer.account_id, alias_id)
    return Effect({"alias": alias.consumer_key, "new": consumer_key, "person": name_of(bearer, alias.resource_id)})


def deletes_alias(bearer: Bearer, alias_id: uuid.UUID) -> Effect:
    alias = Alias.find(bearer.account_id, alias_id)
    return Effect({"alias": alias.consumer_key, "person": name_of(bearer, alias.resource_id)})


def names_profile(bearer: Bearer, profile_id: uuid.UUID, **_fields: Any) -> Effect:
    return Effect({"person": name_of(bearer, profile_id)})


def invites(_bearer: Bearer, email: str, **_more: Any) -> Effect:
    return Effect({"email": email.strip()})


def name_of(bearer: Bearer, profile_id: uuid.UUID) -> str:
    profile = Profile.find(bearer.account_id, profile_id)
    return full_name(profile.first_name, profile.last_name) or profile.email
