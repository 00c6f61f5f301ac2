"""POST /token: codes and refresh tokens become access tokens."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, open_api_endpoint
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import limit_failures
from blueprints.oauth.parameters import read_form
from models.database import db
from models.request_scope import current_scope

bp = Blueprint("oauth_token", __name__)
open_api_endpoint(bp)
limit_failures(bp)
allow_only_post(bp, "/token")


@bp.post("/token")
@machine
def token() -> Response:
    """Exchange a code (RFC 6749 §4.1.3) or a refresh token (§6)."""
    # Looking up the client does not wait in the writers' queue; the grant does when it looks at the secret.
    current_scope().begin_reading()
    read_form()
    response: Response = server.create_token_response()
    # What had to be stored is committed by now; roll back the rest of a refusal.
    db.session.rollback()
    return response
