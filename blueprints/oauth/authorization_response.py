"""The response to an app's request, delivered by the browser or to the device that polls for it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template

from blueprints.oauth.consent_errors import ANSWERED, APP_CHANGED, CannotAnswer
from blueprints.oauth.consent_limits import describe_pause
from blueprints.oauth.consent_page import Page
from config import current_settings
from models.connections import Authorization
from models.oauth import AuthorizationCode, ConsentRequest, DeviceAuthorization

DENIED = {"error": "access_denied", "error_description": "The person did not allow it."}


@dataclass(frozen=True)
class Answer:
    """An app's answer, as shown on the page after the decision. Without an address, a device polls for it."""

    allowed: bool
    client_name: str
    paused: str | None
    """A message about a connection that was just allowed but cannot do anything."""
    address: str | None = None


def send_answer(consent: ConsentRequest, authorization: Authorization | None) -> Answer:
    """Answer the app at its redirect URI, or when its device polls; raises `CannotAnswer` if that is impossible."""
    if not consent.lock_client():
        # The redirect URI, the grant type or the app itself was removed since the page was shown.
        raise CannotAnswer(*APP_CHANGED)
    if consent.device is not None:
        return leave_for_device(consent.device, authorization)
    answer = {"code": issue_code(consent, authorization)} if authorization else DENIED
    address = response_address(consent.redirect_uri, consent.state, **answer)
    return Answer(authorization is not None, consent.client.name, describe_open_pause(authorization), address)


def issue_code(consent: ConsentRequest, authorization: Authorization) -> str:
    """A code for this authorization (RFC 6749 §4.1.2), usable with the verifier of the request's challenge."""
    return AuthorizationCode.issue(
        authorization, consent.code_challenge, consent.redirect_uri if consent.redirect_uri_given else None
    )


def leave_for_device(device: DeviceAuthorization, authorization: Authorization | None) -> Answer:
    """Store the answer for the device to poll (RFC 8628 §3.4). There is no page to go on to."""
    if not device.answer(authorization):
        # Somebody else answered in between, or the ten minutes are over.
        raise CannotAnswer(*ANSWERED)
    return Answer(authorization is not None, device.client.name, describe_open_pause(authorization))


def describe_open_pause(authorization: Authorization | None) -> str | None:
    return describe_pause(authorization.connection) if authorization and authorization.connection.paused_at else None


def show_answer(answer: Answer) -> Page:
    """The page after the decision, which redirects. Chromium blocks a 302 after a form post under `form-action 'self'`."""
    template = "oauth/continue.html" if answer.address else "oauth/device_done.html"
    return render_template(template, **vars(answer))


def response_address(redirect_uri: str, state: str | None, **answer: str) -> str:
    """The redirect with this answer: a code or an error, always with `iss`."""
    given = answer | ({"state": state} if state else {}) | {"iss": current_settings().public_url}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(given)}"


def error_address(redirect_uri: str, state: str | None, error: str, description: str) -> str:
    """The redirect with this error."""
    return response_address(redirect_uri, state, error=error, error_description=description)
