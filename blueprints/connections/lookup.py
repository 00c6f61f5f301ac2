"""Finding a connection for whoever may look at it or change it, with the second factor where its account asks for one.

To stop an app of one's own must always be easy, so nothing is asked for that. Whoever looks at people's data, gives an app back what
it had, or lays hands on somebody else's, does so as a member of the account, and is held to what the account asks of its members.
"""

from __future__ import annotations

from uuid import UUID

from flask import abort, g, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.auth.access_control import current_member
from models.accounts import Member
from models.connections import Connection


def seen(connection_id: UUID) -> Connection:
    """The connection, to look at it or to stop it: for its member, and for Owners of its account."""
    connection = Connection.seen_by(current_user.id, g.get("member"), connection_id)
    if not is_own(connection):
        ask_for_factor(current_member(), connection)
    return connection


def own(connection_id: UUID) -> Connection:
    """One's own connection, to take something from it."""
    return Connection.find_for(current_user.id, connection_id)


def own_to_loosen(connection_id: UUID) -> Connection:
    """One's own connection, to give it more than it has now."""
    connection = own(connection_id)
    ask_for_factor(connection.member, connection)
    return connection


def seen_to_loosen(connection_id: UUID) -> Connection:
    """The connection, to let it go on: for its member, and for Owners of its account."""
    connection = seen(connection_id)
    ask_for_factor(viewer_of(connection), connection)
    return connection


def is_own(connection: Connection) -> bool:
    """Whether whoever looks at it made it."""
    return bool(connection.member.user_id == current_user.id)


def viewer_of(connection: Connection) -> Member:
    """The membership by which it is looked at: its own, or that of an Owner of its account."""
    return connection.member if is_own(connection) else current_member()


def ask_for_factor(member: Member, connection: Connection) -> None:
    """Lead whoever lacks the second factor that the account asks for to where they set one up."""
    if member.lacks_second_factor:
        back = url_for("connections.connection", connection_id=connection.id)
        abort(redirect(url_for("settings.sign_in", next=back)))


def back_to(connection_id: UUID) -> Response:
    """The way back to the page of this connection."""
    return redirect(url_for("connections.connection", connection_id=connection_id))
