"""POST /revoke: an app gives back what it holds (RFC 7009)."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import machine_door, oauth_error, only_post
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import hold_back_failures
from blueprints.oauth.form_body import read_form
from blueprints.oauth.grants import AUTH_METHODS
from models.audit.recorder import Action, record
from models.connections.authorization import Authorization
from models.database.base import db
from models.oauth.tokens import revoke_token

bp = Blueprint("oauth_revocation", __name__)
machine_door(bp)
hold_back_failures(bp)
only_post(bp, "/revoke")


@bp.post("/revoke")
@machine
def revoke() -> Response:
    """End the authorization of a refresh token, or one access token. An unknown token is no error (RFC 7009 §2.2)."""
    asked = server.create_oauth2_request(request)
    try:
        read_form(request)
        client = server.authenticate_client(asked, AUTH_METHODS, "revocation")
    except OAuth2Error as error:
        return server.handle_error_response(asked, error)
    token = request.form.get("token")
    if not token:
        return oauth_error("invalid_request", "Missing 'token' in request.")
    if ended := revoke_token(token, client):
        record_end(ended)
    db.session.commit()
    response: Response = jsonify({})
    response.headers["Cache-Control"] = "no-store"
    return response


def record_end(authorization: Authorization) -> None:
    connection = authorization.connection
    actor = connection.member.as_actor(connection.id, connection.client.name)
    record(Action.AUTHORIZATION_ENDED, ("connection", connection.id), by=actor)
