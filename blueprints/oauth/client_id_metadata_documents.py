"""Client ID Metadata Documents: the client ID is the URL of a document in which the app describes itself."""

from __future__ import annotations

import logging
from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidClientError
from flask import Flask, current_app
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from blueprints.oauth.http_cache import fresh_for
from blueprints.oauth.jwks import NEEDS, check_jwks
from blueprints.oauth.registration import (
    BadMetadata,
    check_claims,
    check_grant_types,
    check_name,
    check_redirect_uris,
)
from blueprints.oauth.safe_fetch import Fetched, Fetcher, Unfetchable
from blueprints.oauth.url_safety import address_problem
from blueprints.web.request_context import sender
from config import current_settings
from models.clients import Client
from models.connections import note_new_name, wait_to_rename
from models.database import db, now, writing
from models.oauth import tidy_clients
from models.rate_limits import Counted, Limit, counted
from models.rate_limits.buckets import take
from models.strict_json import BadJSON, parse_json

log = logging.getLogger("profile.oauth")

MOST_REDIRECT_URIS = 100
# One message for every failure: different ones would tell a stranger what this server can reach.
UNUSABLE = (
    "client_id must be the address of a public document (Client ID Metadata Document) that can be fetched and is valid."
)
SWITCHED_OFF = "This server does not fetch Client ID Metadata Documents. Register at its registration_endpoint instead."
LONGEST_ETAG = 200
# How many times as often as for one person a host is asked for a network, and for everybody.
NETWORK, EVERYBODY = 3, 10


def init_app(app: Flask) -> None:
    """Let this app fetch documents."""
    app.extensions["documents"] = Fetcher()


def refresh_document(client_id: str) -> None:
    """Bring a client that is known by its document up to date with it. Only for people who have signed in.

    Raises `InvalidClientError` if the document cannot be fetched or is invalid. Ends the current transaction, so that nothing is
    locked while another server takes its time.
    """
    if not client_id.startswith("https://"):
        return
    if not current_settings().client_documents:
        raise InvalidClientError(description=SWITCHED_OFF)
    known = Client.by_client_id(client_id)
    if known and known.document_fresh_until and now() < known.document_fresh_until:
        return
    etag = known.document_etag if known else None
    used, person = bool(known and known.first_used_at), str(current_user.id)
    db.session.rollback()
    try:
        # Documents of connected apps are counted separately, so that nobody can use up their host's share.
        fetched = fetch(client_id, client_id if used else None, etag, person)
        store_document(client_id, fetched)
    except (Unfetchable, BadMetadata, BadJSON) as error:
        log.info("client document refused", extra={"document": client_id[:300], "reason": str(error)[:300]})
        raise InvalidClientError(description=UNUSABLE) from None


def fetch(url: str, counted_as: str | None, etag: str | None = None, person: str | None = None) -> Fetched:
    """Fetch from a client's URL, if it is permitted and was not fetched too often."""
    config = current_settings()
    if not config.client_documents:
        raise Unfetchable("this server is set not to fetch anything")
    if problem := address_problem(url, config.host.partition(":")[0]):
        raise Unfetchable(problem)
    host = counted_as or url.split("/")[2].removesuffix(":443")
    if person and take(counted(Limit.per_minute(2 * config.limit_fetches), "fetches for a person", person)):
        raise Unfetchable("too many fetches for one person")
    if take(*shares_of(host, person)):
        raise Unfetchable("too many fetches from one host")
    return cast(Fetcher, current_app.extensions["documents"]).fetch(url, etag, person or "")


def shares_of(host: str, person: str | None) -> list[Counted]:
    """What a fetch from this host is counted for: the person, their network, and everybody. No one of them can use up the host."""
    most = current_settings().limit_fetches
    shares = [
        counted(Limit.per_minute(NETWORK * most), "fetches from a host for a network", host, sender()),
        counted(Limit.per_minute(EVERYBODY * most), "fetches from a host", host),
    ]
    if person:
        shares.append(counted(Limit.per_minute(most), "fetches from a host for a person", host, person))
    return shares


def store_document(client_id: str, fetched: Fetched) -> None:
    """Store the document for as long as HTTP caching allows. A bad document changes nothing."""
    moment = now()
    fresh_until, etag = moment + fresh_for(fetched.headers, moment), fetched.headers.get("etag")
    said = check_document(client_id, parse_json(fetched.body)) if fetched.body is not None else None
    if etag and (len(etag) > LONGEST_ETAG or not etag.isprintable() or not etag.isascii()):
        etag = None
    try:
        publish(client_id, said, fresh_until, etag)
    except IntegrityError:
        # A parallel request met this client for the first time too, and its row exists now.
        publish(client_id, said, fresh_until, etag)


def publish(client_id: str, said: dict[str, Any] | None, fresh_until: Any, etag: str | None) -> None:
    with writing():
        known = Client.by_client_id(client_id)
        if said is not None:
            former = known and known.name
            client = Client.publish(client_id, fresh_until=fresh_until, etag=etag, **said)
            if former not in {None, client.name}:
                if wait_to_rename(client):
                    # Nothing of this document is kept. `writing` rolls back.
                    raise BadMetadata("the app changed its name too often")
                note_new_name(client)
        elif known is not None:
            known.stays_fresh(fresh_until, etag or known.document_etag)
    tidy_clients()


def check_document(client_id: str, document: Any) -> dict[str, Any]:
    """The metadata of the document; raises `BadMetadata`. The rules are those of registration, and a few more."""
    if not isinstance(document, dict) or document.get("client_id") != client_id:
        raise BadMetadata("client_id is not the document's own address")
    # Null is as good as left out. An empty text is not: how an app signs must not be guessed.
    document = {name: value for name, value in document.items() if value is not None}
    # Anyone who can read the document would know them.
    if document.keys() & {"client_secret", "client_secret_expires_at"}:
        raise BadMetadata("a document cannot hold a secret")
    if not document.get("client_name"):
        raise BadMetadata("client_name is missing")
    return {
        "name": check_name(document["client_name"]),
        "redirect_uris": check_redirect_uris(document.get("redirect_uris"), MOST_REDIRECT_URIS),
        "grant_types": check_grant_types(document),
        "about": check_claims(document),
        **check_authentication(document),
    }


def check_authentication(document: dict[str, Any]) -> dict[str, Any]:
    """How the client authenticates: by nothing, by a key, or by either, as ChatGPT's document offers."""
    offered = document.get("token_endpoint_auth_methods_supported", [])
    method = document.get("token_endpoint_auth_method", "none")
    if not isinstance(offered, list) or not isinstance(method, str):
        raise BadMetadata("token_endpoint_auth_method is not understood")
    methods = {method, *(name for name in offered if isinstance(name, str))}
    jwks, jwks_uri, alg = (
        document.get("jwks"),
        document.get("jwks_uri"),
        document.get("token_endpoint_auth_signing_alg"),
    )
    if alg is not None and alg not in list(NEEDS):
        # Its assertions could never be verified here: it can connect without, if it offers that.
        methods.discard("private_key_jwt")
    if "private_key_jwt" not in methods:
        jwks = jwks_uri = alg = None
    elif (jwks is None) == (jwks_uri is None):
        # RFC 7591 §2: one of the two, never both.
        raise BadMetadata("private_key_jwt takes either jwks or jwks_uri")
    if "none" not in methods and "private_key_jwt" not in methods:
        raise BadMetadata("neither none nor private_key_jwt by an algorithm that is taken is offered")
    return {
        "auth_method": "none" if "none" in methods else "private_key_jwt",
        "auth_signing_alg": alg,
        "jwks": check_jwks(jwks) if jwks is not None else None,
        "jwks_uri": check_jwks_uri(jwks_uri) if jwks_uri is not None else None,
    }


def check_jwks_uri(uri: Any) -> str:
    if not isinstance(uri, str) or address_problem(uri, current_settings().host.partition(":")[0]):
        raise BadMetadata("jwks_uri is not an address that is fetched from")
    return uri
