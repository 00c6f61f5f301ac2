"""Giving a connection back what was taken from it, or what was declined at first: in place, for what the app once asked for."""

from __future__ import annotations

from sqlalchemy import select

from models.audit.recorder import Action
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.declined_scope import Refusal
from models.database.base import db, now
from models.errors import Invalid
from models.mail.message import Kind
from models.oauth.tokens import AccessToken
from models.permissions import Role, grantable


def restore(connection: Connection, scope: str) -> None:
    """Give a scope to every installation that asked for it, from the next request on. Anything more goes through the app and consent."""
    connection.hold_still()
    if connection.policy and connection.policy.scopes is not None and scope not in connection.policy.scopes:
        raise Invalid("scope", f"The account's policy lets no app have {scope}. An Owner can change that.")
    if scope not in connection.asked or not grantable(Role(connection.member.role), scope):
        raise Invalid("scope", f"{connection.client.name} has not asked for {scope}, or your role does not allow it.")
    connection.ceiling = connection.ceiling | {scope}
    connection.forget_taken({scope})
    for authorization in connection.live_authorizations:
        if scope in authorization.requested and scope not in authorization.granted:
            give(authorization, scope)
    Refusal.forget(connection.member, connection.client, {scope})
    connection.record(Action.CONNECTION_RESTORED, frozenset({scope}))
    connection.tell_member(Kind.APP_WIDENED, frozenset({scope}))


def give(authorization: Authorization, scope: str) -> None:
    """An installation's present tokens have it at once, too, unless the app had one made narrower itself."""
    live = select(AccessToken).where(AccessToken.authorization_id == authorization.id, AccessToken.expires_at > now())
    for token in db.session.scalars(live):
        if token.scope >= authorization.granted:
            token.scope = token.scope | {scope}
    authorization.granted, authorization.denied = authorization.granted | {scope}, authorization.denied - {scope}
