"""POST /device_authorization: a device without a browser starts a request and gets two codes (RFC 8628 §3.1)."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import UnauthorizedClientError
from flask import Blueprint, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, json_response, open_api_endpoint
from blueprints.oauth.authorization_server import server
from blueprints.oauth.failure_throttle import TooManyRequests, limit_failures
from blueprints.oauth.parameters import check_resource, read_scope
from blueprints.web.request_context import sender
from config import current_settings
from models.clients import Client
from models.database import begin_writing, db
from models.errors import NotAllowed
from models.oauth import DEVICE_GRANT, DeviceAuthorization
from models.oauth.device_authorization import LIFETIME
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take
from models.scopes import ALL_SCOPES

bp = Blueprint("oauth_device_authorization", __name__)
# For programs outside browsers: no CORS.
open_api_endpoint(bp, browsers=False)
limit_failures(bp)
allow_only_post(bp, "/device_authorization")


@bp.post("/device_authorization")
@machine
def ask() -> Response:
    """Store the device's request until a person answers it."""
    client = server.authenticate_sender()
    scope = check_request(client)
    if wait := take(counted(Limit.per_minute(current_settings().limit_devices), "device requests", sender())):
        raise TooManyRequests(wait, "Too many devices have asked from this address.")
    begin_writing()
    try:
        device, code = DeviceAuthorization.ask(client, scope or ALL_SCOPES, current_settings().mcp_url)
    except NotAllowed as problem:
        raise OAuth2Error(problem.message, error="temporarily_unavailable", status_code=503) from None
    response = json_response(describe_codes(device, code))
    db.session.commit()
    return response


def check_request(client: Client) -> frozenset[str]:
    """The scopes that the device asks for, where everything it sent is as it should be."""
    if not client.check_grant_type(DEVICE_GRANT):
        raise UnauthorizedClientError("This client did not register the device code grant.")
    check_resource(request.form.getlist("resource"))
    return read_scope(request.form.get("scope"))


def describe_codes(device: DeviceAuthorization, code: str) -> dict[str, str | int]:
    page = f"{current_settings().public_url}/device"
    return {
        "device_code": code,
        "user_code": device.display_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={device.display_code}",
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": device.interval,
    }
