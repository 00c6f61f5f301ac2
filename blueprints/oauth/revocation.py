"""POST /revoke: an app gives back a token (RFC 7009)."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, json_response, open_api_endpoint
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import limit_failures
from blueprints.oauth.parameters import read_token
from models.audit import Action, record
from models.connections import Authorization
from models.database import db
from models.oauth import revoke_token

bp = Blueprint("oauth_revocation", __name__)
open_api_endpoint(bp)
limit_failures(bp)
allow_only_post(bp, "/revoke")


@bp.post("/revoke")
@machine
def revoke() -> Response:
    """End the authorization of a refresh token, or one access token. An unknown token is no error (RFC 7009 §2.2)."""
    client = server.authenticate_sender()
    if ended := revoke_token(read_token(), client):
        record_end(*ended)
    db.session.commit()
    return json_response({})


def record_end(action: Action, authorization: Authorization) -> None:
    connection = authorization.connection
    actor = connection.member.as_actor(connection.id, connection.app_name)
    record(action, ("connection", connection.id), by=actor)
