"""Links from audit log entries to the things that they name, for people who may open them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, g, url_for

from models.accounts import Member
from models.permissions import Permission

# By kind: the required permission, the endpoint, and its name for the id; None for a list page.
PLACES: dict[str, tuple[Permission, str, str | None]] = {
    "profile": (Permission.SEE_PROFILES, "profiles.profile", "profile_id"),
    "tag": (Permission.SEE_TAGS, "profiles.profiles", "tag"),
    "team": (Permission.SEE_PROFILES, "reporting.group", "team"),
    "alias": (Permission.MANAGE_ALIASES, "settings.edit_alias", "alias_id"),
    "member": (Permission.MANAGE_MEMBERS, "settings.members", None),
    "member_invitation": (Permission.MANAGE_MEMBERS, "settings.members", None),
    "connection": (Permission.CONNECT_APPS, "connections.connection", "connection_id"),
    "client": (Permission.MANAGE_CLIENTS, "settings.clients", None),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(address_of_thing=address_of_thing)


def address_of_thing(kind: str, id_: UUID) -> str | None:
    """The page of a thing in the current account; None if it has none, or if this person may not open it."""
    member: Member | None = g.get("member")
    if member is None or kind not in PLACES or id_ == member.account.decoy_id:
        return None
    needed, endpoint, named = PLACES[kind]
    values: dict[str, Any] = {named: id_} if named else {}
    return url_for(endpoint, **values) if member.may(needed) else None
