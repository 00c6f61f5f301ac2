"""What a token is good for at this moment, told to the app that holds it and to nobody else (RFC 7662)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.authorization import Authorization
from models.base import db
from models.bearer import bearer_of
from models.client import Client
from models.connection import Connection
from models.policy import Role, grantable
from models.secrets import fingerprint, keyed_digest
from models.token import AccessToken, RefreshToken


@dataclass(frozen=True)
class Standing:
    """A token that is good: for what, whom, where, and until when."""

    kind: str
    """`Bearer`, or `refresh_token`, so that nobody takes a refresh token for one that opens something."""
    scope: frozenset[str]
    """What it may do now: as granted, and as the member's role allows today."""
    subject: str
    """The member, by a name that says nothing and is the same for all their tokens."""
    resource: str
    issued_at: datetime
    expires_at: datetime


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
    issued_at, expires_at, absolute_end = row
    return Standing(
        "Bearer", bearer.scopes, subject_of(bearer.member_id), bearer.resource, issued_at, min(expires_at, absolute_end)
    )


def refresh_standing(token: str, client: Client) -> Standing | None:
    row = db.session.execute(
        select(RefreshToken, Authorization, Connection)
        .join(Authorization, Authorization.id == RefreshToken.authorization_id)
        .join(Connection, Connection.id == Authorization.connection_id)
        .where(RefreshToken.token_hash == fingerprint(token), Connection.client_id == client.id)
    ).one_or_none()
    # One that was replaced is forgiven for a moment at /token, but it is not what the app should go on with.
    if row is None or row[0].rotated_at is not None or not row[1].live or not row[2].active:
        return None
    refresh, authorization, connection = row
    role = Role(connection.member.role)
    scope = frozenset(s for s in authorization.granted & connection.ceiling if grantable(role, s))
    ends = min(authorization.expires_at, authorization.idle_until)
    subject = subject_of(connection.member_id)
    return Standing("refresh_token", scope, subject, authorization.resource, refresh.created_at, ends)


def subject_of(member_id: uuid.UUID) -> str:
    return keyed_digest("subject", member_id.hex)
