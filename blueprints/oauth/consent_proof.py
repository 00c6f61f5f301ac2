"""Allowing an app more than it has needs recent proof: whoever finds an unlocked browser must not connect their own app."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from blueprints.auth.reauthentication import ask_for_proof_at, just_proven
from blueprints.oauth.pending_request import carried
from models.accounts import Member
from models.connections import Connection
from models.oauth import ConsentRequest
from models.scopes import format_scopes


def ask_for_proof_to_allow(consent: ConsentRequest, member: Member, granted: frozenset[str]) -> Response | None:
    """Redirect to the page that asks for proof, and from there back to the app's request; None if nothing new is allowed."""
    known = Connection.between(member, consent.client)
    if granted <= (known.granted if known else frozenset()) or just_proven():
        return None
    return ask_for_proof_at(
        carried(request_again(consent)), "Nothing was allowed yet. Confirm it's you, then answer again."
    )


def request_again(consent: ConsentRequest) -> str:
    """The address at which this request is shown once more."""
    if consent.device:
        return url_for("oauth.device", user_code=consent.device.display_code)
    return url_for(
        "oauth.authorize",
        response_type="code",
        client_id=consent.client.client_id,
        redirect_uri=consent.redirect_uri if consent.redirect_uri_given else None,
        scope=format_scopes(consent.scope),
        state=consent.state,
        resource=consent.resource,
        code_challenge=consent.code_challenge,
        code_challenge_method="S256",
    )
