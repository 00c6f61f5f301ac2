"""The answer to an app's request, and how it gets there: by the browser, or by the device that asked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import current_app, render_template
from werkzeug.wrappers import Response

from blueprints.oauth.consent_errors import ANSWERED, APP_CHANGED, CannotAnswer
from blueprints.oauth.consent_limits import describe_pause
from blueprints.oauth.consent_page import Page
from config import current_settings
from models.connections import Authorization
from models.oauth import AuthorizationCode, ConsentRequest, DeviceAuthorization

DENIED = {"error": "access_denied", "error_description": "The person did not allow it."}


@dataclass(frozen=True)
class Answer:
    """What an app is told, as the page after the decision says it. Without an address it waits for a device to fetch it."""

    allowed: bool
    client_name: str
    paused: str | None
    """What is to be said of a connection that can do nothing although it was just allowed."""
    address: str | None = None


def send_answer(consent: ConsentRequest, authorization: Authorization | None) -> Answer:
    """Give the app its answer: at its own address, or where the device asks for it; raises `CannotAnswer` where it takes none."""
    if not consent.lock_client():
        # Its address, its grant or itself is gone since the page was shown.
        raise CannotAnswer(*APP_CHANGED)
    if consent.device is not None:
        return leave_for_device(consent.device, authorization)
    answer = {"code": issue_code(consent, authorization)} if authorization else DENIED
    address = response_address(consent.redirect_uri, consent.state, **answer)
    return Answer(authorization is not None, consent.client.name, describe_open_pause(authorization), address)


def issue_code(consent: ConsentRequest, authorization: Authorization) -> str:
    """A code for this authorization (RFC 6749 §4.1.2), good for whoever knows the verifier of the request's challenge."""
    return AuthorizationCode.issue(
        authorization, consent.code_challenge, consent.redirect_uri if consent.redirect_uri_given else None
    )


def leave_for_device(device: DeviceAuthorization, authorization: Authorization | None) -> Answer:
    """Leave the answer where the device asks for it (RFC 8628 §3.4). There is nowhere to go on to."""
    if not device.answer(authorization):
        # Somebody else answered meanwhile, or the ten minutes are over.
        raise CannotAnswer(*ANSWERED)
    return Answer(authorization is not None, device.client.name, describe_open_pause(authorization))


def describe_open_pause(authorization: Authorization | None) -> str | None:
    return describe_pause(authorization.connection) if authorization and authorization.connection.paused_at else None


def show_answer(answer: Answer) -> Page:
    """The page after the decision. A 302 after a form post is blocked by Chromium under `form-action 'self'`: this one goes on."""
    template = "oauth/continue.html" if answer.address else "oauth/device_done.html"
    return render_template(template, **vars(answer))


def response_address(redirect_uri: str, state: str | None, **answer: str) -> str:
    """Where a browser takes this answer: a code, or an error. `iss` is in every one of them."""
    given = answer | ({"state": state} if state else {}) | {"iss": current_settings().public_url}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(given)}"


def redirect_error(redirect_uri: str, state: str | None, error: str, description: str) -> Response:
    """Send the browser to the app with an error, with nobody asked."""
    answer = {"error": error, "error_description": description}
    return current_app.redirect(response_address(redirect_uri, state, **answer), code=302)
