"""POST /introspect: a confidential app asks how one of its own tokens stands (RFC 7662)."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, current_app, jsonify, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import machine_door, oauth_error, only_post
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import hold_back_failures
from blueprints.oauth.form_body import read_form
from blueprints.oauth.grants import AUTH_METHODS
from config import Settings
from models.oauth.introspection import Standing, standing_of
from models.request_scope import current_scope
from models.scopes import format_scopes

bp = Blueprint("oauth_introspection", __name__)
# A secret in a browser is none, so that no page has a reason to ask: no CORS here.
machine_door(bp, browsers=False)
hold_back_failures(bp)
only_post(bp, "/introspect")

# RFC 7662 §2.1: whoever asks must prove who they are, or tokens could be fished for.
PROOFS = [method for method in AUTH_METHODS if method != "none"]


@bp.post("/introspect")
@machine
def introspect() -> Response:
    """Say how a token stands now. Unknown, ended and other apps' tokens are all the same; hints never matter."""
    current_scope().begin_reading()
    asked = server.create_oauth2_request(request)
    try:
        read_form(request)
        client = server.authenticate_client(asked, PROOFS, "introspection")
    except OAuth2Error as error:
        refusal: Response = server.handle_error_response(asked, error)
        return refusal
    token = request.form.get("token")
    if not token:
        return oauth_error("invalid_request", "Missing 'token' in request.")
    standing = standing_of(token, client)
    response: Response = jsonify(described(standing, client.client_id) if standing else {"active": False})
    response.headers["Cache-Control"] = "no-store"
    return response


def described(standing: Standing, client_id: str) -> dict[str, Any]:
    """A good token in the words of RFC 7662 §2.2."""
    settings: Settings = current_app.config["PROFILE"]
    return {
        "active": True,
        "scope": format_scopes(standing.scope),
        "client_id": client_id,
        "token_type": standing.kind,
        "exp": int(standing.expires_at.timestamp()),
        "iat": int(standing.issued_at.timestamp()),
        "sub": standing.subject,
        "aud": standing.resource,
        "iss": settings.public_url,
    }
