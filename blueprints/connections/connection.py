"""One connection: what it is, what it may do and did, and everything by which it can be held back."""

from __future__ import annotations

from uuid import UUID

from flask import g, render_template
from flask_login import current_user

from blueprints.connections import bp
from blueprints.connections.connections import place
from blueprints.site.access import signed_in
from models.activity import calls_by_day, lately, people_read
from models.connection import Connection
from models.connection_network import KEPT, MOST, places_of
from models.connection_policy import ConnectionPolicy
from models.history import TITLES
from models.policy import Role, grantable
from models.scopes import SCOPES
from models.tag import Tag
from models.tenancy import in_account


@bp.get("/<uuid:connection_id>")
@signed_in
def connection(connection_id: UUID) -> str:
    """Its member sees and changes it; an Owner of its account sees it, and can pause or revoke it."""
    found = seen(connection_id)
    with in_account(found.account_id):
        return render_template(
            "connections/connection.html", connection=found, place=place, scopes=scopes_of(found),
            own=found.member.user_id == current_user.id,
            days=calls_by_day(found.id), lately=lately(found), read=people_read(found), titles=TITLES,
            places=places_of(found), most_places=MOST, places_kept=KEPT,
            tags={str(tag.id): tag for tag in Tag.all_in(found.account_id)}, policy=ConnectionPolicy.of(found.account_id),
        )  # fmt: skip


def seen(connection_id: UUID) -> Connection:
    """The connection, for its member and for Owners of its account."""
    return Connection.seen_by(current_user.id, g.get("member"), connection_id)


def scopes_of(found: Connection) -> list[tuple[str, str, bool]]:
    """Each scope there is: its name, how it stands, and whether it can be given back in place."""
    stands = []
    for scope in SCOPES:
        if scope in found.granted:
            stands.append((scope, "granted", False))
        elif scope in found.asked or scope in found.denied:
            stands.append((scope, "denied", scope in found.asked and grantable(Role(found.member.role), scope)))
        else:
            stands.append((scope, "never asked for", False))
    return stands
