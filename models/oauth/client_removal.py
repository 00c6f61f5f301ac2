"""The end of an app: nobody knows it any more, and everything that was connected through it ends with it."""

from __future__ import annotations

from sqlalchemy import delete, select

from models.accounts import Member
from models.audit import Action
from models.clients import Client
from models.connections import Connection, DeniedScope, give_back, revoke
from models.database import db, locks, now
from models.oauth.preregistered_client import note


def withdraw(client: Client) -> None:
    """The app removes itself (RFC 7592 §2.3); the trail of every account that it was connected to says so."""
    for connection in live_connections(client):
        give_back(connection)
    forget(client)


def remove(client: Client, by: Member | None) -> None:
    """An Owner removes an app of their account or, without a member, the operator of this server removes any."""
    for connection in live_connections(client):
        revoke(connection, by)
    note(Action.CLIENT_REMOVED, client)
    forget(client)


def live_connections(client: Client) -> list[Connection]:
    """What is connected through it, behind closed gates, in the order of their ids: two removals at once never wait for each other."""
    statement = select(Connection).where(Connection.client_id == client.id, Connection.revoked_at.is_(None))
    live = list(db.session.scalars(statement.order_by(Connection.id)))
    locks.close_all(connection.member_id for connection in live)
    return live


def forget(client: Client) -> None:
    # Nobody need be told that it may not ask again.
    db.session.execute(delete(DeniedScope).where(DeniedScope.client_id == client.id))
    # The row stays: past connections are told by its name, and its identifier can never be somebody else's.
    client.removed_at = client.removed_at or now()
    client.registration_hash = client.likeness = None
    db.session.flush()
