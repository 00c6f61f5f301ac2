"""What every page and every machine door shares: access, sessions, headers, errors, bodies, logs and health."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

from blueprints.site import (
    access,
    body,
    demo,
    errors,
    filters,
    headers,
    instruments,
    logs,
    navigation,
    requests,
    sessions,
    things,
)
from config import Settings

__all__ = ["bp", "csrf", "init_app"]

bp = Blueprint("site", __name__)
csrf = CSRFProtect()

from blueprints.site import health, home  # noqa: E402, F401 (routes of this blueprint)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app everything its doors share. The order is that of a request: body, log, person, access."""
    app.wsgi_app = body.BoundedBody(app.wsgi_app, settings.max_body)  # type: ignore[method-assign]
    logs.init_app(app, settings)
    requests.init_app(app, settings)
    sessions.init_app(app, settings)
    csrf.init_app(app)
    access.init_app(app, settings)
    headers.init_app(app, settings)
    errors.init_app(app)
    filters.init_app(app)
    things.init_app(app)
    navigation.init_app(app, settings)
    app.register_blueprint(bp)
    app.cli.add_command(demo.demo)
    app.cli.add_command(instruments.group)
