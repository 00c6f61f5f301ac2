"""The OAuth 2.1 endpoints: how an app is known, how a person decides, and how codes and tokens change hands."""

from __future__ import annotations

from flask import Blueprint, Flask

from blueprints.oauth import documents, metadata, server
from blueprints.site import csrf

bp = Blueprint("oauth", __name__, cli_group=None)

from blueprints.oauth import (  # noqa: E402, F401 (routes of this blueprint)
    authorize,
    clients,
    configuration,
    device,
    device_authorization,
    introspection,
    reaping,
    registration,
    revocation,
    token,
)

__all__ = ["bp", "init_app"]


def init_app(app: Flask) -> None:
    """Open the endpoints at the root of the site, where hosted clients expect them."""
    server.init_app(app)
    documents.init_app(app)
    for door in (
        token.bp,
        registration.bp,
        configuration.bp,
        revocation.bp,
        introspection.bp,
        device_authorization.bp,
        metadata.bp,
    ):
        csrf.exempt(door)
        app.register_blueprint(door)
    app.register_blueprint(bp)
