"""Authenticates the caller: from the Authorization header to a valid bearer, or a refusal that the audit log records."""

from __future__ import annotations

import logging
import re

from flask import request

from blueprints.mcp.rate_limits import pace
from blueprints.mcp.www_authenticate import Unauthorized
from config import Settings
from models.audit import Action, Outcome, record
from models.database import begin_writing, commit, locks
from models.oauth import Bearer, bearer_of, same_resource
from models.rate_limits import counted
from models.rate_limits.buckets import take
from models.request_scope import current_scope

log = logging.getLogger("profile.mcp")

# RFC 6750 §2.1; the name of the scheme is case-insensitive (RFC 9110 §11.1).
AUTHORIZATION = re.compile(r"bearer +([A-Za-z0-9\-._~+/]{1,512}=*) *\Z", re.IGNORECASE)
SCHEME = re.compile(r"bearer\b", re.IGNORECASE)


def identify(settings: Settings) -> Bearer:
    """The bearer of this request, in a read-only transaction; raises `Unauthorized`."""
    current_scope().begin_reading()
    bearer = check_bearer(bearer_of(read_token()), settings)
    current_scope().authenticated_as(bearer.as_actor())
    return bearer


def identify_again(bearer: Bearer, settings: Settings) -> Bearer:
    """The same bearer at the start of a writing transaction, locked until its end; raises `Unauthorized`."""
    begin_writing()
    locks.share(bearer.account_id)
    return check_bearer(bearer_of(read_token()), settings)


def read_token() -> str:
    """The token in the header, the only accepted place (RFC 6750 §2.3 discourages the query, OAuth 2.1 forbids it)."""
    header = request.headers.get("Authorization", "")
    found = AUTHORIZATION.match(header)
    if found is None:
        raise Unauthorized(presented=SCHEME.match(header) is not None)
    return found[1]


def check_bearer(bearer: Bearer | None, settings: Settings) -> Bearer:
    """The bearer, if its token is valid now and for this server."""
    if bearer is None:
        log.info("an unknown access token was presented")
        raise Unauthorized(presented=True)
    # A token for another resource must not work here (CVE-2025-69196).
    reason = bearer.ended or (None if same_resource(bearer.resource, settings.mcp_url) else "other_resource")
    if reason is not None:
        audit_refused_token(bearer, reason)
        raise Unauthorized(presented=True)
    return bearer


def audit_refused_token(bearer: Bearer, reason: str) -> None:
    """Record that an expired or revoked token is still being used, as often as calls may come."""
    # Counted for the device, so that a disconnected one takes nothing from other devices of the same app.
    if take(counted(pace().calls, "ended tokens", bearer.authorization_id)):
        return
    begin_writing()
    current_scope().authenticated_as(bearer.as_actor())
    record(Action.TOKEN_REFUSED, ("connection", bearer.connection_id), outcome=Outcome.REFUSED, reason=reason)
    commit()
