"""What every page and every entry point shares: request context, headers, errors, request size, logging and health."""

from __future__ import annotations

from flask import Blueprint, Flask

from blueprints.auth import access_control, sessions
from blueprints.auth.csrf import CSRFProtection
from blueprints.web import (
    assets,
    errors,
    navigation,
    request_context,
    request_logging,
    request_size,
    resource_links,
    security_headers,
    template_filters,
    tracing,
    translations,
)
from config import Settings

__all__ = ["bp", "csrf", "init_app"]

bp = Blueprint("web", __name__)
csrf = CSRFProtection()

from blueprints.web import health, home, metrics  # noqa: E402, F401 (routes of this blueprint)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up what all entry points share, in the order of a request: body, log, person, access."""
    app.wsgi_app = request_size.BoundedBody(app.wsgi_app, settings.max_body)  # type: ignore[method-assign]
    request_logging.init_app(app, settings)
    tracing.init_app(app)
    request_context.init_app(app, settings)
    sessions.init_app(app, settings)
    metrics.init_app(app, settings)
    csrf.init_app(app)
    access_control.init_app(app, settings)
    assets.init_app(app)
    security_headers.init_app(app, settings)
    errors.init_app(app)
    translations.init_app(app)
    template_filters.init_app(app)
    resource_links.init_app(app)
    navigation.init_app(app, settings)
    app.register_blueprint(bp)
