"""POST /register: an app registers itself (RFC 7591). Open to everyone, so everything is bounded, and no claim is trusted."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc7591 import InvalidClientMetadataError
from flask import Blueprint, Response, request
from sqlalchemy.exc import IntegrityError

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only_post, json_response, open_api_endpoint
from blueprints.oauth.failure_throttle import TooManyRequests
from blueprints.web.request_context import sender
from config import current_settings
from models.clients import AUTH_METHODS, Client, redirect_problem
from models.database import db
from models.oauth import DEVICE_GRANT, tidy_clients
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take
from models.strict_json import BadJSON, parse_json
from models.text import plain

bp = Blueprint("oauth_registration", __name__)
open_api_endpoint(bp)
allow_only_post(bp, "/register")

LARGEST_BODY = 16_384
MOST_REDIRECT_URIS = 10
# Only an app that publishes a document with a key can authenticate by it.
REGISTERED_METHODS = [method for method in AUTH_METHODS if method != "private_key_jwt"]
GRANT_TYPES = ("authorization_code", "refresh_token", DEVICE_GRANT)
GRANT_TYPES_BY_DEFAULT = ["authorization_code", "refresh_token"]
LONGEST_NAME = 80
# Other claims that a client may make; stored as sent, shown as claims, never fetched.
CLAIMS = ("application_type", "client_uri", "logo_uri", "policy_uri", "tos_uri", "software_id", "software_version")


class BadMetadata(InvalidClientMetadataError):
    """Refused registration metadata; `error` is the code of RFC 7591 §3.2.2."""

    def __init__(self, description: str, error: str | None = None, status: int = 400) -> None:
        super().__init__(description, error=error, status_code=status)


@bp.post("/register")
@machine
def register() -> Response:
    """Register a client; the same public client again gets the same identifier."""
    if wait := take(counted(Limit.per_minute(current_settings().limit_registrations), "registrations", sender())):
        raise TooManyRequests(wait, "Too many apps were registered from this address.")
    return create_client(check_metadata(read_metadata()))


def read_metadata() -> Any:
    """The body of this request, small and JSON; raises `BadMetadata`."""
    if request.mimetype != "application/json":
        raise BadMetadata("Send the metadata as application/json.")
    if (request.content_length or 0) > LARGEST_BODY or len(raw := request.get_data()) > LARGEST_BODY:
        raise BadMetadata(f"The metadata can have at most {LARGEST_BODY} bytes.", status=413)
    try:
        return parse_json(raw)
    except BadJSON as error:
        raise BadMetadata(str(error)) from None


def create_client(wanted: dict[str, Any]) -> Response:
    try:
        client, secret = Client.register(**wanted)
    except IntegrityError:
        # The same client registered twice in parallel: the other request created the row.
        db.session.rollback()
        client, secret = Client.register(**wanted)
    # Everyone who registers the same public client shares it: the holder of a registration token could redirect them all.
    token = client.open_configuration() if secret else None
    db.session.commit()
    answer = describe_registration(client, secret, wanted["redirect_uris"])
    response = json_response(answer | describe_configuration(client, token) if token else answer, 201)
    tidy_clients()
    return response


def check_metadata(metadata: Any) -> dict[str, Any]:
    """The accepted metadata, checked; raises `BadMetadata` with a sentence for the developer."""
    if not isinstance(metadata, dict):
        raise BadMetadata("The metadata must be a JSON object.")
    metadata = without_empty(metadata)
    grants, uris = check_grant_types(metadata), metadata.get("redirect_uris")
    return {
        "name": check_name(metadata.get("client_name")),
        # A device that asks by a code has no redirect URI (RFC 8628).
        "redirect_uris": check_redirect_uris(uris) if uris or "authorization_code" in grants else [],
        "auth_method": check_auth_method(metadata.get("token_endpoint_auth_method")),
        "grant_types": grants,
        "about": check_claims(metadata),
    }


def without_empty(metadata: dict[str, Any]) -> dict[str, Any]:
    """The members with a value: libraries send every one they know, and null or empty means left out (RFC 7592 §2.2)."""
    return {name: value for name, value in metadata.items() if value not in (None, "", [])}


def check_name(name: Any) -> str:
    if name is not None and not isinstance(name, str):
        raise BadMetadata("client_name must be a string.")
    return plain(name or "")[:LONGEST_NAME] or "An app without a name"


def check_claims(metadata: dict[str, Any]) -> dict[str, Any]:
    return {name: metadata[name][:500] for name in CLAIMS if isinstance(metadata.get(name), str)}


def check_redirect_uris(uris: Any, most: int = MOST_REDIRECT_URIS) -> list[str]:
    if not isinstance(uris, list) or not uris:
        raise BadMetadata("redirect_uris must be a list with at least one address.", "invalid_redirect_uri")
    if len(uris) > most:
        raise BadMetadata(f"redirect_uris can have at most {most} addresses.", "invalid_redirect_uri")
    for uri in uris:
        if problem := redirect_problem(uri):
            raise BadMetadata(problem, "invalid_redirect_uri")
    return list(dict.fromkeys(uris))


def check_auth_method(method: Any) -> str:
    # Python clients omit it and then send no secret, so omission means `none`, against RFC 7591's default.
    if method is None:
        return "none"
    if method not in REGISTERED_METHODS:
        raise BadMetadata(f"token_endpoint_auth_method must be one of: {', '.join(REGISTERED_METHODS)}.")
    return str(method)


def check_grant_types(metadata: dict[str, Any]) -> list[str]:
    """The supported ones of those asked for (RFC 7591 §2 lets a server replace values; the response has the result)."""
    responses, grants = metadata.get("response_types", ["code"]), metadata.get("grant_types", GRANT_TYPES_BY_DEFAULT)
    if not isinstance(grants, list) or not ("authorization_code" in grants or DEVICE_GRANT in grants):
        raise BadMetadata(
            f"grant_types must contain authorization_code or {DEVICE_GRANT}; refresh_token may join them."
        )
    if "authorization_code" in grants and (not isinstance(responses, list) or "code" not in responses):
        raise BadMetadata("response_types must contain code; nothing else is supported.")
    return [grant for grant in GRANT_TYPES if grant in grants]


def describe_registration(client: Client, secret: str | None, redirect_uris: list[str]) -> dict[str, Any]:
    """The registered values (RFC 7591 §3.2.1), with the redirect URIs of this request."""
    answer = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "client_name": client.name,
        "redirect_uris": redirect_uris,
        "grant_types": client.grant_types,
        "response_types": ["code"] if "authorization_code" in client.grant_types else [],
        "token_endpoint_auth_method": client.auth_method,
        **client.about,
    }
    if secret:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer


def describe_configuration(client: Client, token: str) -> dict[str, str]:
    """The URL and the token with which the client can change its registration (RFC 7592 §3)."""
    return {
        "registration_access_token": token,
        "registration_client_uri": f"{current_settings().public_url}/register/{client.client_id}",
    }
