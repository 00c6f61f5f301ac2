"""Giving an app new access needs recent proof. Otherwise anyone at an unlocked browser could connect their own app."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.reauthentication import ask_for_proof_at, just_proven
from blueprints.oauth.pending_request import carried
from models.clients import is_loopback
from models.connections import Connection
from models.oauth import ConsentRequest, Standing
from models.scopes import format_scopes


def ask_for_proof_to_allow(consent: ConsentRequest, standing: Standing, granted: frozenset[str]) -> Response | None:
    """Redirect to the page that asks for proof, and from there back to the app's request; None if nothing new is allowed."""
    if not granted or just_proven() or renews(consent, standing.known, granted):
        return None
    return ask_for_proof_at(
        carried(request_again(consent)),
        _("Nothing was allowed yet. Confirm it's you, then answer again. Your choices are kept."),
    )


def renews(consent: ConsentRequest, known: Connection | None, granted: frozenset[str]) -> bool:
    """Whether the app gets what it has, at its own website: on a computer or by a device code, anybody can pose as the app."""
    if known is None or consent.device or not granted <= known.granted:
        return False
    its_own = urlsplit(consent.redirect_uri).scheme == "https" and not is_loopback(consent.redirect_uri)
    return its_own and known.has_answered(consent.redirect_uri)


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
