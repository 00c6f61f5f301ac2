"""What browsers are told with every answer: run only our scripts, load nothing from elsewhere, keep nothing that is private."""

from __future__ import annotations

import secrets

from flask import Flask, g, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import MACHINE, access_of
from config import Settings

# Clients that authorize in a pop-up lose their window under COOP same-origin (security.md §1.6).
KEEPS_ITS_OPENER = frozenset(
    {
        "oauth.authorize",
        "oauth.decide",
        "accounts.sign_in",
        "accounts.sign_in_by_passkey",
        "accounts.second_step",
        "accounts.second_step_by_passkey",
        "accounts.confirm",
        "accounts.confirm_by_passkey",
    }
)
STATIC_AGE = 3_600


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_AGE

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if settings.https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if not is_machine_door(app):
            protect_page(response)
        return response


def protect_page(response: Response) -> None:
    response.headers["Content-Security-Policy"] = content_security_policy()
    response.headers["X-Frame-Options"] = "DENY"
    # `no-referrer` would make browsers send `Origin: null` with forms, which CSRF protection refuses on https.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint not in KEEPS_ITS_OPENER:
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"


def content_security_policy() -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def csp_nonce() -> str:
    """The one-time mark that scripts of this very answer carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def is_machine_door(app: Flask) -> bool:
    return request.endpoint is not None and access_of(app.view_functions[request.endpoint]) == MACHINE
