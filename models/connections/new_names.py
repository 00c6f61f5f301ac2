"""An app calls itself otherwise than when it was allowed: its members learn of it, and their pages keep the name that they allowed."""

from __future__ import annotations

from models.audit import NEW_NAME, Action, record
from models.clients import Client
from models.connections.connection import Connection
from models.database import db
from models.mail import Kind, Message
from models.rate_limits import Limit, counted, fill, wait_for
from models.request_scope import Actor

# An app may rename itself, and fill neither a mailbox nor the audit log by it. Every change that is taken is in the audit log.
MAILED, TAKEN = Limit.per_day(3), Limit.per_day(20)


def wait_to_rename(client: Client) -> int:
    """Count one more new name of this app, in the current transaction; returns the seconds to wait if it was one too many."""
    names = counted(TAKEN, "names of an app", client.id)
    return 0 if fill(names) else max(1, wait_for(names))


def note_new_name(client: Client) -> None:
    """Record the client's new name in every account where it is connected under another one, and mail the members."""
    db.session.flush()
    renamed = Connection.live_of_client(client.id)
    for connection in (each for each in renamed if each.new_name):
        # Not by the current request: a stranger's may have led to the app's document.
        its_member = connection.member
        app = Actor(connection.account_id, its_member.user_id, its_member.id, connection.id, connection.app_name)
        record(Action.CONNECTION_RENAMED, ("connection", connection.id), names={NEW_NAME: client.name}, by=app)
        if fill(counted(MAILED, "new names", connection.id)):
            whom = its_member.user
            Message.post(Kind.APP_RENAMED, whom.email, connection.id, connection.account_id, user_id=whom.id)


def trusted_name_in(connection: Connection) -> str | None:
    """The trusted name that an app's new name is, or looks like, though nothing shows that it belongs to the app."""
    likeness = connection.client.trusted_name(each.redirect_uri for each in connection.authorizations)
    return likeness.name if likeness else None
