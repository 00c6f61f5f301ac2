"""What a token is good for at this moment, told to the app that holds it and to nobody else (RFC 7662)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.database.base import db, table_of
from models.oauth.bearer import bearer_of
from models.oauth.token_exchange import PresentedRefreshToken, known
from models.oauth.tokens import AccessToken, RefreshToken
from models.secrets import fingerprint, keyed_digest


@dataclass(frozen=True)
class Standing:
    """A token that is good: for what, whom, where, and until when."""

    kind: str
    """`Bearer`, or `refresh_token`, so that nobody takes a refresh token for one that opens something."""
    scope: frozenset[str]
    """What it may do now: as granted, and as the member's role and the account's policy allow today; nothing while it is paused."""
    subject: str
    """The member, by a name that says nothing and is the same for all their tokens."""
    resource: str
    issued_at: datetime
    expires_at: datetime


tokens = table_of(RefreshToken)
# Without a lock: nothing is made of what is found.
KNOWN = known(
    tokens,
    tokens.c.generation,
    tokens.c.rotated_at,
    table_of(Connection).c.paused_at,
    tokens.c.created_at,
    table_of(Authorization).c.resource,
)


def standing_of(token: str, client: Client) -> Standing | None:
    """How this token stands; None when it is unknown, has ended or belongs to another app: nobody learns which."""
    return access_standing(token, client) or refresh_standing(token, client)


def access_standing(token: str, client: Client) -> Standing | None:
    row = db.session.execute(
        select(AccessToken.created_at, AccessToken.expires_at, Authorization.expires_at)
        .join(Authorization, Authorization.id == AccessToken.authorization_id)
        .join(Connection, Connection.id == Authorization.connection_id)
        .where(AccessToken.token_hash == fingerprint(token), Connection.client_id == client.id)
    ).one_or_none()
    bearer = bearer_of(token) if row else None
    if row is None or bearer is None or bearer.ended:
        return None
    issued_at, *ends = row
    until = min(end for end in (*ends, bearer.limits.ends_at) if end is not None)
    return Standing("Bearer", bearer.scopes, subject_of(bearer.member_id), bearer.resource, issued_at, until)


def refresh_standing(token: str, client: Client) -> Standing | None:
    statement = KNOWN.where(RefreshToken.token_hash == fingerprint(token), Connection.client_id == client.id)
    row = db.session.execute(statement).one_or_none()
    if row is None:
        return None
    *found, paused_at, issued_at, resource = row
    refresh = PresentedRefreshToken(*found)
    # One that was replaced is forgiven for a moment at /token, but it is not what the app should go on with.
    if refresh.rotated_at is not None or not refresh.live or refresh.barred:
        return None
    scope = frozenset() if paused_at else refresh.left_of(refresh.scope)
    return Standing("refresh_token", scope, subject_of(refresh.member_id), resource, issued_at, refresh.ends)


def subject_of(member_id: uuid.UUID) -> str:
    return keyed_digest("subject", member_id.hex)
