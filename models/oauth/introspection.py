"""What a token allows at this moment, for the app that holds it and nobody else (RFC 7662)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from models.clients import Client
from models.oauth.bearer import bearer_of
from models.oauth.token_exchange import find_refresh_token
from models.secrets import keyed_digest


@dataclass(frozen=True)
class TokenState:
    """A valid token: its scopes, member, resource and expiry."""

    kind: str
    """`Bearer`, or `refresh_token`, so that nobody mistakes a refresh token for an access token."""
    scope: frozenset[str]
    """What it allows now: the granted scopes that the member's role and the account's policy allow; none while it is paused."""
    subject: str
    """The member, by a pseudonym that is the same for all of their tokens."""
    resource: str
    issued_at: datetime
    expires_at: datetime


def token_state(token: str, client: Client) -> TokenState | None:
    """The state of this token; None if it is unknown, has ended or belongs to another app, without a difference."""
    return access_token_state(token, client) or refresh_token_state(token, client)


def access_token_state(token: str, client: Client) -> TokenState | None:
    found = bearer_of(token)
    if found is None or found.client_row != client.id or found.ended:
        return None
    return TokenState("Bearer", found.scopes, subject_of(found.member_id), found.resource, found.issued_at, found.ends)


def refresh_token_state(token: str, client: Client) -> TokenState | None:
    found = find_refresh_token(token, lock=False)
    # /token tolerates a replaced one for a moment, but the app should not continue with it.
    if found is None or found.client_row != client.id or found.rotated_at or not found.live or found.blocked_by_account:
        return None
    scope = frozenset() if found.paused_at else found.left_of(found.granted)
    return TokenState("refresh_token", scope, subject_of(found.member_id), found.resource, found.issued_at, found.ends)


def subject_of(member_id: uuid.UUID) -> str:
    return keyed_digest("subject", member_id.hex)
