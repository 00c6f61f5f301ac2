"""Where the things that the trail names are found, for whoever may open them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, g, url_for

from models.accounts import Member
from models.permissions import Permission

# By kind: what one must be allowed, the page, and the name that the id has in its address; None where it stands in a list.
PLACES: dict[str, tuple[Permission, str, str | None]] = {
    "profile": (Permission.SEE_PROFILES, "profiles.profile", "profile_id"),
    "tag": (Permission.SEE_TAGS, "profiles.profiles", "tag"),
    "alias": (Permission.MANAGE_ALIASES, "settings.edit_alias", "alias_id"),
    "member": (Permission.MANAGE_MEMBERS, "settings.members", None),
    "member_invitation": (Permission.MANAGE_MEMBERS, "settings.members", None),
    "connection": (Permission.CONNECT_APPS, "connections.connection", "connection_id"),
    "client": (Permission.MANAGE_CLIENTS, "settings.clients", None),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(address_of_thing=address_of_thing)


def address_of_thing(kind: str, id_: UUID) -> str | None:
    """The page of a thing of the account that is looked at; None for whoever may not open it, and for what has none."""
    member: Member | None = g.get("member")
    if member is None or kind not in PLACES:
        return None
    needed, endpoint, named = PLACES[kind]
    values: dict[str, Any] = {named: id_} if named else {}
    return url_for(endpoint, **values) if member.may(needed) else None
