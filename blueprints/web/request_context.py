"""What is known of a request before it is handled: its id, its origin, and whether it may change anything."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from functools import lru_cache

from flask import Flask, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest

from blueprints.web.request_size import refuse_large_body
from config import Settings
from models.database import db
from models.request_scope import Actor, open_scope

log = logging.getLogger("profile.errors")

SENT_ID = re.compile(r"[A-Za-z0-9_.\-]{8,64}\Z")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask, settings: Settings) -> None:
    hops = settings.trusted_proxies
    # We have no coroutines; skip Flask's check for them, which would run a dozen times per request.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]

    @app.before_request
    def arrive() -> None:
        # Never the client's: it becomes part of audit entries, which nobody can erase.
        g.request_id = secrets.token_hex(16)
        g.address = client_address(hops)
        agent = request.headers.get("User-Agent", "")
        actor = Actor(
            request_id=g.request_id,
            sent_request_id=sent_request_id(),
            address=network_of(g.address),
            user_agent=printable(agent)[:300] or None,
        )
        g.scope = open_scope(actor, reading=request.method in SAFE_METHODS)
        g.scope.__enter__()
        refuse_large_body()
        refuse_bad_text()

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        # A thread serves many requests: none may see data of another. A streamed response comes here twice.
        if "scope" in g:
            g.pop("scope").__exit__()

    @app.teardown_appcontext
    def remove_session(_error: BaseException | None) -> None:
        try:
            db.session.remove()
        except SQLAlchemyError:
            # The connection died after the answer was made. Raised here, it would replace the answer by a bare 500.
            log.warning("a connection was lost after the answer", exc_info=True)
            db.session().invalidate()
            db.session.registry.clear()


def sent_request_id() -> str | None:
    """The id that the client or a proxy gave this request, if it looks like one."""
    sent = request.headers.get("X-Request-ID", "")
    return sent if SENT_ID.match(sent) else None


def client_address(hops: int) -> str:
    """The client's address: the peer's, or as reported by trusted proxies. Anyone can forge the entries further left."""
    peer = request.remote_addr or ""
    if hops == 0:
        return peer
    forwarded = forwarded_for()
    return without_port(forwarded[-hops]) if len(forwarded) >= hops else peer


def forwarded_for() -> list[str]:
    """The addresses that proxies, or clients, say this request came from."""
    return [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]


def without_port(address: str) -> str:
    """An address as some proxies write it: `1.2.3.4:5678` and `[2001:db8::1]:80` have the sender's port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def sender() -> str:
    """The origin of this request for rate limits: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = parse(str(g.address))
    if parsed is None:
        return ""
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


@lru_cache(maxsize=1_024)
def network_of(address: str) -> str | None:
    """An address shortened to its network, /24 or /48: enough to recognise a place, too little to track a person."""
    parsed = parse(address)
    if parsed is None:
        return None
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False).network_address) + f"/{prefix}"


def parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, if valid. IPv4 on a dual-stack socket counts as IPv4."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed


def printable(text: str) -> str:
    return text if text.isprintable() else "".join(c for c in text if c.isprintable())


def refuse_bad_text() -> None:
    """Refuse NUL and lone surrogates in an address: SQLite would store them, PostgreSQL fails on them. Nobody types them."""
    texts = [request.path]
    if request.query_string:
        texts += [*request.args.keys(), *(value for values in request.args.listvalues() for value in values)]
    for text in texts:
        if not clean(text):
            raise BadRequest("The address contains a character that is not allowed.")


def clean(text: str) -> bool:
    """Whether both databases handle this text alike."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))
