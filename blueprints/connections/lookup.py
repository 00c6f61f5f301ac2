"""Find a connection for a person who may see or change it, with a second factor if its account requires one.

Stopping one of your own apps must always be easy, so it needs no second factor. Seeing people's data, restoring access, and
changing another member's connection are done as a member of the account, and need what the account requires of its members.
"""

from __future__ import annotations

from uuid import UUID

from flask import abort, g, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.auth.access_control import current_member
from models.accounts import Member
from models.connections import Connection


def find_visible(connection_id: UUID) -> Connection:
    """The connection, to see or stop it: for its member, and for Owners of its account."""
    connection = Connection.seen_by(current_user.id, g.get("member"), connection_id)
    if not is_own(connection):
        ask_for_factor(current_member(), connection)
    return connection


def find_own(connection_id: UUID) -> Connection:
    """The person's own connection, to restrict it."""
    return Connection.find_for(current_user.id, connection_id)


def find_own_to_loosen(connection_id: UUID) -> Connection:
    """The person's own connection, to give it more access than it has now."""
    connection = find_own(connection_id)
    ask_for_factor(connection.member, connection)
    return connection


def find_visible_to_loosen(connection_id: UUID) -> Connection:
    """The connection, to resume it: for its member, and for Owners of its account."""
    connection = find_visible(connection_id)
    ask_for_factor(viewer_of(connection), connection)
    return connection


def is_own(connection: Connection) -> bool:
    """Whether the viewer is the member who made it."""
    return bool(connection.member.user_id == current_user.id)


def viewer_of(connection: Connection) -> Member:
    """The membership of the viewer: its own member, or an Owner of its account."""
    return connection.member if is_own(connection) else current_member()


def ask_for_factor(member: Member, connection: Connection) -> None:
    """Send a person who lacks the required second factor to the page where they set one up."""
    if member.lacks_second_factor:
        back = url_for("connections.connection", connection_id=connection.id)
        abort(redirect(url_for("settings.sign_in", next=back)))


def back_to(connection_id: UUID) -> Response:
    """The way back to the page of this connection."""
    return redirect(url_for("connections.connection", connection_id=connection_id))
