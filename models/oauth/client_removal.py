"""Removing an app: it becomes unknown, and all of its connections end."""

from __future__ import annotations

from sqlalchemy import delete, select

from models.accounts import Member
from models.audit import Action
from models.clients import Client
from models.connections import Connection, DeniedScope, give_back, revoke
from models.database import db, locks, now
from models.oauth.preregistered_client import note


def withdraw(client: Client) -> None:
    """The app removes itself (RFC 7592 §2.3); the audit log of every account with a connection to it records this."""
    for connection in live_connections(client):
        give_back(connection)
    forget(client)


def remove(client: Client, by: Member | None) -> None:
    """An Owner removes an app of their account or, without a member, the server administrator removes any."""
    for connection in live_connections(client):
        revoke(connection, by)
    note(Action.CLIENT_REMOVED, client)
    forget(client)


def live_connections(client: Client) -> list[Connection]:
    """Its active connections, with the locks of their accounts, in the order of their ids: two removals never deadlock."""
    statement = select(Connection).where(Connection.client_id == client.id, Connection.revoked_at.is_(None))
    live = list(db.session.scalars(statement.order_by(Connection.id)))
    locks.take_all(connection.account_id for connection in live)
    return live


def forget(client: Client) -> None:
    # A permanent denial of a removed app is not needed any more.
    db.session.execute(delete(DeniedScope).where(DeniedScope.client_id == client.id))
    # The row stays: past connections show its name, and its identifier can never be used by another app.
    client.removed_at = client.removed_at or now()
    client.registration_hash = client.likeness = None
    db.session.flush()
