"""An app sent somebody who must sign in first: its request waits on the server where its address is too long to be carried along."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from flask import redirect, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from blueprints.auth.access_control import current_path, signed_in
from blueprints.oauth import bp
from blueprints.oauth.consent_errors import CannotAnswer
from blueprints.web.request_context import sender
from blueprints.web.security_headers import keeps_opener
from models.clients import Client, proven_host
from models.database import writing
from models.oauth import PendingRequest
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take

# Within another address each `%` of it takes three characters; usual proxies take 8,000 in all, and each step adds its own.
LONGEST_CARRIED = 2_000
# A few hundred an hour at most: one address must not fill the room that all share.
KEPT_FROM_AN_ADDRESS = Limit(a_minute=3, at_once=60)
OVER = (
    lazy_gettext("This request is no longer waiting"),
    lazy_gettext("An app's request waits for an hour while you sign in. Start again from the app."),
)


def way_back() -> str:
    """Where signing in leads back to: this very request, or the place where it is kept."""
    return carried(current_path())


def carried(address: str) -> str:
    """This address or, if it is too long, a short one at which it is kept. Ends the transaction."""
    if len(quote(address)) <= LONGEST_CARRIED or take(counted(KEPT_FROM_AN_ADDRESS, "pending requests", sender())):
        return address
    with writing():
        secret = PendingRequest.keep(address)
    return url_for("oauth.resume", secret=secret) if secret else address


@dataclass(frozen=True)
class Waiting:
    """An app or a device whose request waits for a sign-in."""

    name: str | None = None
    """The app's name, if it is known to be the app's own: anybody can send a person here under any other name."""
    host: str | None = None
    """The host that published the app and receives the answer, if that is proven."""


def waiting_at(address: str | None) -> Waiting | None:
    """What waits if signing in leads to this address of ours; None if nothing does."""
    path = urlsplit(address or "").path
    if path == url_for("oauth.device"):
        return Waiting()
    if path.startswith(resume_path := url_for("oauth.resume", secret="")):
        address = PendingRequest.address_for(path.removeprefix(resume_path))
        path = urlsplit(address or "").path
    if not address or path != url_for("oauth.authorize"):
        return None
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    client = Client.by_client_id(asked.get("client_id", ""))
    return waiting_app(client, asked.get("redirect_uri") or client.get_default_redirect_uri()) if client else Waiting()


def waiting_app(client: Client, redirect_uri: str | None) -> Waiting:
    if not redirect_uri or not client.check_redirect_uri(redirect_uri) or client.trusted_name([redirect_uri]):
        return Waiting()
    host = proven_host(client.kind, client.client_id, redirect_uri)
    by_administrator = client.kind == "preregistered" and client.account_id is None
    return Waiting(client.name, host) if host or by_administrator else Waiting()


@bp.get("/authorize/<secret>")
@signed_in
@keeps_opener
def resume(secret: str) -> Response:
    """Go on with the request as it came."""
    address = PendingRequest.address_for(secret)
    if address is None:
        raise CannotAnswer(*OVER)
    return redirect(address)
