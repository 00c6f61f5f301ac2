"""POST /introspect: a confidential app asks for the state of one of its own tokens (RFC 7662)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, json_response, open_api_endpoint
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import limit_failures
from blueprints.oauth.parameters import read_token
from config import current_settings
from models.clients import AUTH_METHODS
from models.oauth import TokenState, token_state
from models.request_scope import current_scope
from models.scopes import format_scopes

bp = Blueprint("oauth_introspection", __name__)
# A secret in a browser is not secret, so no web page has a reason to call this: no CORS.
open_api_endpoint(bp, browsers=False)
limit_failures(bp)
allow_only_post(bp, "/introspect")

# RFC 7662 §2.1: the caller must authenticate, or tokens could be fished for.
PROOFS = [method for method in AUTH_METHODS if method != "none"]


@bp.post("/introspect")
@machine
def introspect() -> Response:
    """Describe a token's current state. Unknown, ended and other apps' tokens get the same answer; hints never matter."""
    current_scope().begin_reading()
    client = server.authenticate_sender(PROOFS)
    state = token_state(read_token(), client)
    return json_response(describe_token(state, client.client_id) if state else {"active": False})


def describe_token(state: TokenState, client_id: str) -> dict[str, Any]:
    """A valid token in the terms of RFC 7662 §2.2."""
    return {
        "active": True,
        "scope": format_scopes(state.scope),
        "client_id": client_id,
        "token_type": state.kind,
        "exp": int(state.expires_at.timestamp()),
        "iat": int(state.issued_at.timestamp()),
        "sub": state.subject,
        "aud": state.resource,
        "iss": current_settings().public_url,
    }
