"""private_key_jwt: a client authenticates by a signature, with a key from its document (RFC 7523 §2.2; OpenID Connect Core §9)."""

from __future__ import annotations

import base64
import binascii
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError

from blueprints.oauth.client_id_metadata_documents import fetch
from blueprints.oauth.http_cache import fresh_for
from blueprints.oauth.jwks import NEEDS, check_jwks, find_key
from blueprints.oauth.registration import BadMetadata
from blueprints.oauth.safe_fetch import Unfetchable
from config import current_settings
from models.clients import Client
from models.database import db, now, writing
from models.oauth import use_assertion
from models.strict_json import BadJSON, parse_json

log = logging.getLogger("profile.oauth")

ALGORITHMS = list(NEEDS)
LONGEST = 8_192
LONGEST_JTI = 256
LEEWAY = 60
"""Seconds by which a client's clock may be off."""
LONGEST_LIFE = 600
KEYS_ASKED_EVERY = timedelta(minutes=1)
# While a client's own server fails, its last keys stay valid for this long: `invalid_client` would make it discard its tokens.
KEYS_OUTLIVE = timedelta(days=1)


class PrivateKeyJWT(JWTBearerClientAssertion):
    """Authlib's check of client assertions, limited to a list of algorithms, a short lifetime and one use."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self) -> None:
        super().__init__(leeway=LEEWAY)

    def __call__(self, query_client: Any, request: Any) -> Client | None:
        form = request.form
        if not {"client_assertion", "client_assertion_type"} & set(form):
            return None
        if form.get("client_assertion_type") != self.CLIENT_ASSERTION_TYPE:
            raise invalid_client(f"client_assertion_type must be {self.CLIENT_ASSERTION_TYPE}.")
        # RFC 6749 §2.3: at most one method of authentication per request.
        if "client_secret" in form or "Authorization" in request.headers:
            raise invalid_client("Send the assertion or a secret, not both.")
        assertion = form.get("client_assertion", "")
        header, claims = parse_assertion(assertion)
        client_id = claims.get("sub")
        # RFC 7521 §4.2: a client_id beside the assertion must name the same client.
        if not isinstance(client_id, str) or form.get("client_id", client_id) != client_id:
            raise invalid_client("sub must be the client_id.")
        client: Client | None = query_client(client_id)
        if client is None or not client.check_endpoint_auth_method(self.CLIENT_AUTH_METHOD, "token"):
            raise invalid_client("No client with this client_id uses private_key_jwt.")
        # RFC 7591 §2, by way of its registry: a client that names its algorithm signs by no other (RFC 8725 §3.1).
        if header["alg"] != (client.auth_signing_alg or header["alg"]):
            raise invalid_client(f"alg must be {client.auth_signing_alg}, as the document of this client says.")
        self.process_assertion_claims(assertion, find_signing_key(client, header))
        return client

    def process_assertion_claims(self, assertion: str, key: Any) -> Any:
        try:
            token = jwt.decode(assertion, key, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError):
            raise invalid_client("The signature of the assertion is not valid.") from None
        self.verify_claims(token.claims)
        return token.claims

    def verify_claims(self, claims: Any) -> None:
        for name in ("exp", "iat", "nbf"):
            if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
                raise invalid_client(f"{name} must be a number.")
        audience = claims.get("aud")
        # This server must be the only audience: an assertion that is also for another server could be replayed here by it.
        named = audience if isinstance(audience, list) else [audience]
        if not all(isinstance(one, str) and one in self.get_audiences() for one in named):
            raise invalid_client("aud must be this server: its issuer or its token endpoint.")
        if claims.get("exp", 0) > now().timestamp() + LONGEST_LIFE + LEEWAY:
            raise invalid_client("exp can be at most ten minutes ahead.")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
            raise invalid_client(f"jti must be a string of 1 to {LONGEST_JTI} characters.")
        super().verify_claims(claims)

    def get_audiences(self) -> list[str]:
        issuer = current_settings().public_url
        return [issuer, f"{issuer}/", f"{issuer}/token"]

    def validate_jti(self, claims: Any, jti: str) -> bool:
        ends = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=LEEWAY)
        return use_assertion(claims["sub"], jti, ends)


def invalid_client(description: str) -> InvalidClientError:
    return InvalidClientError(status_code=401, description=description)


def parse_assertion(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, not verified yet."""
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > LONGEST:
        raise invalid_client("client_assertion must be a signed JWT.")
    try:
        header, claims = (parse_json(decode_part(part)) for part in parts[:2])
    except (BadJSON, ValueError, binascii.Error):
        raise invalid_client("client_assertion must be a signed JWT.") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise invalid_client("client_assertion must be a signed JWT.")
    if header.get("alg") not in ALGORITHMS:
        raise invalid_client(f"alg must be one of: {', '.join(ALGORITHMS)}.")
    return header, claims


def decode_part(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def find_signing_key(client: Client, header: dict[str, Any]) -> Any:
    """The key that can have signed the assertion; keys are fetched again if that may help."""
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise invalid_client("kid must be a string.")
    jwks = client.jwks if keys_hold(client) else None
    found = find_key(jwks, header["alg"], kid)
    if client.jwks_uri and client.first_used_at and (found is None or stale(client)) and may_ask_again(client):
        found = find_key(fetch_keys(client) or jwks, header["alg"], kid)
    if found is None:
        raise invalid_client("No key of this client matches the assertion. Name one by kid.")
    return found


def stale(client: Client) -> bool:
    return client.jwks_fresh_until is None or client.jwks_fresh_until <= now()


def keys_hold(client: Client) -> bool:
    """Whether the stored keys still count: keys in the document always do, fetched ones for their cache time and a day."""
    return not client.jwks_uri or (client.jwks_fresh_until or now()) + KEYS_OUTLIVE > now()


def may_ask_again(client: Client) -> bool:
    return client.jwks_fetched_at is None or client.jwks_fetched_at + KEYS_ASKED_EVERY <= now()


def fetch_keys(client: Client) -> dict[str, Any] | None:
    """The keys at the client's jwks_uri, fetched and stored; None if they cannot be fetched, which must not fail anything else."""
    assert client.jwks_uri
    # Keys on the document's host are counted for this client; keys elsewhere with all fetches from that host.
    own = client.jwks_uri.split("/")[2] == client.client_id.split("/")[2]
    db.session.rollback()
    try:
        answer = fetch(client.jwks_uri, f"keys of {client.client_id}" if own else None)
        jwks = check_jwks(parse_json(answer.body or b""))
    except (Unfetchable, BadMetadata, BadJSON) as error:
        log.info("client keys refused", extra={"document": client.client_id[:300], "reason": str(error)[:300]})
        return None
    with writing():
        row = Client.by_client_id(client.client_id)
        if row is not None and row.jwks_uri == client.jwks_uri:
            row.keep_keys(jwks, now() + fresh_for(answer.headers, now()))
    return jwks
