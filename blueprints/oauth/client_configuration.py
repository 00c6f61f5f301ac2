"""/register/<client_id>: a confidential app reads, changes or removes its own registration (RFC 7592)."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, request

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import allow_only, error_response, json_response, open_api_endpoint
from blueprints.oauth.failure_throttle import TooManyRequests, about, limit_failures
from blueprints.oauth.registration import (
    BadMetadata,
    check_metadata,
    describe_configuration,
    describe_registration,
    read_metadata,
    without_empty,
)
from blueprints.web.request_context import clean
from models.clients import Client
from models.connections import note_new_name, wait_to_rename
from models.database import db
from models.oauth import withdraw
from models.request_scope import current_scope

bp = Blueprint("oauth_configuration", __name__)
# Only apps with a secret come here, and browser apps cannot keep one: no CORS.
open_api_endpoint(bp, browsers=False)
limit_failures(bp)
PATH = "/register/<client_id>"
allow_only(bp, PATH, "GET", "PUT", "DELETE")

# RFC 7592 §2.2: assigned by the server, so an update must not contain them.
NOT_TO_BE_SENT = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


@bp.get(PATH)
@machine
def read(client_id: str) -> Response:
    """The client's registration. The secret is stored as a hash, so it cannot be shown again."""
    client = find_client(client_id)
    return json_response(describe_client(client)) if client else refuse_unknown(client_id)


@bp.put(PATH)
@machine
def replace(client_id: str) -> Response:
    """Replace the metadata; the identifier, the secret and the token stay the same."""
    client = find_client(client_id)
    if client is None:
        return refuse_unknown(client_id)
    wanted = check_update(client, read_metadata())
    former, client.name, client.about = client.name, wanted["name"], wanted["about"]
    client.redirect_uris, client.grant_types = wanted["redirect_uris"], wanted["grant_types"]
    client.auth_method = wanted["auth_method"]
    if client.name != former:
        if wait := wait_to_rename(client):
            raise TooManyRequests(wait, "This app changed its name too often.")
        note_new_name(client)
    db.session.commit()
    return json_response(describe_client(client))


@bp.delete(PATH)
@machine
def remove(client_id: str) -> Response:
    """Delete this client and end all its connections."""
    client = find_client(client_id)
    if client is None:
        return refuse_unknown(client_id)
    withdraw(client)
    db.session.commit()
    response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response


def find_client(client_id: str) -> Client | None:
    token = read_bearer_token()
    return Client.configured_by(client_id, token) if token and clean(client_id) else None


def read_bearer_token() -> str:
    """The token of this request, which must be in the header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refuse_unknown(client_id: str) -> Response:
    """The same answer for a wrong token, no token, and a client that is unknown or has none (RFC 7592 §2.1)."""
    current_scope().begin_reading()
    known = Client.presented(client_id) if clean(client_id) else None
    about(known and known.id)
    error = OAuth2Error("There is no such registration for this token.", error="invalid_token", status_code=401)
    response = error_response(error)
    response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def check_update(client: Client, metadata: Any) -> dict[str, Any]:
    """The metadata of an update, checked like a registration; raises `BadMetadata`."""
    if not isinstance(metadata, dict):
        raise BadMetadata("The metadata must be a JSON object.")
    if metadata.get("client_id") != client.client_id:
        raise BadMetadata("client_id must be the identifier of this client.")
    if sent := [name for name in NOT_TO_BE_SENT if name in metadata]:
        raise BadMetadata(f"An update must not contain {', '.join(sent)}.")
    secret = metadata.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and client.check_client_secret(secret)):
        raise BadMetadata("client_secret must be the current one, or be left out. A client cannot choose its own.")
    # A client that leaves out how it proves itself goes on as before.
    wanted = check_metadata({"token_endpoint_auth_method": client.auth_method} | without_empty(metadata))
    if wanted["auth_method"] == "none":
        raise BadMetadata("A client that has a secret stays confidential. Register a public client instead.")
    return wanted


def describe_client(client: Client) -> dict[str, Any]:
    return describe_registration(client, None, client.redirect_uris) | describe_configuration(
        client, read_bearer_token()
    )
