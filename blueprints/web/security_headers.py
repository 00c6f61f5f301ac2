"""Headers of every response: run only our scripts, load nothing from elsewhere, cache nothing private."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, g, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import MACHINE, access_of
from config import Settings

View = TypeVar("View", bound=Callable[..., Any])


def keeps_opener(view: View) -> View:
    """An app may open this page in a pop-up: COOP same-origin would cut the app off from it."""
    view.keeps_opener = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if settings.https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        view = app.view_functions.get(request.endpoint or "")
        # A program's address can show a page as well, to a person who opens it.
        if view is None or access_of(view) != MACHINE or response.mimetype == "text/html":
            protect_page(response, view)
        return response


def protect_page(response: Response, view: Callable[..., Any] | None) -> None:
    response.headers["Content-Security-Policy"] = content_security_policy()
    response.headers["X-Frame-Options"] = "DENY"
    # `no-referrer` would make browsers send `Origin: null` with forms, which CSRF protection refuses on https.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if not getattr(view, "keeps_opener", False):
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # Assets set their own cache lifetime; an error in place of an asset is a page like any other.
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
        response.vary.update(["Accept-Language", "Cookie"])


def content_security_policy() -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def csp_nonce() -> str:
    """The nonce for the scripts of this response."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)
