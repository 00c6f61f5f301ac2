"""The root page: redirects to Home, or to the sign-in."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.web import bp


@bp.get("/")
@signed_in
def home() -> Response:
    return redirect(url_for("profiles.dashboard"))
