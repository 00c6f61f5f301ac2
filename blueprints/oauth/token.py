"""POST /token: codes and refresh tokens become access tokens."""

from __future__ import annotations

from flask import Blueprint, Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, open_api_endpoint
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import limit_failures
from blueprints.oauth.parameters import read_form
from models.database import db
from models.metrics import Counter
from models.request_scope import current_scope

ERRORS = """
    invalid_request invalid_client invalid_grant invalid_scope invalid_target unauthorized_client unsupported_grant_type
    authorization_pending slow_down access_denied expired_token server_error temporarily_unavailable
"""
ANSWERS = Counter(
    "profile_token_requests",
    "Requests for tokens, by their answer: issued, or the error of OAuth.",
    answer=["issued", *ERRORS.split()],
)
bp = Blueprint("oauth_token", __name__)
open_api_endpoint(bp)


@bp.after_request
def count(response: Response) -> Response:
    """Count the answer. This comes before `limit_failures`, and so sees what that has made of it."""
    error = None if response.status_code == 200 else (response.get_json(silent=True) or {}).get("error", "")
    ANSWERS.add("issued" if error is None else error)
    return response


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
