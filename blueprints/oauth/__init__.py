"""The OAuth 2.1 endpoints: how an app is identified, how a person decides, and how codes and tokens are issued."""

from __future__ import annotations

from flask import Blueprint, Flask

from blueprints.oauth import authorization_server, client_id_metadata_documents, metadata
from blueprints.web import csrf

bp = Blueprint("oauth", __name__, cli_group=None)

from blueprints.oauth import (  # noqa: E402, F401 (routes of this blueprint)
    authorize,
    client_commands,
    client_configuration,
    device_authorization,
    device_verification,
    introspection,
    pending_request,
    registration,
    revocation,
    token,
)

__all__ = ["bp", "init_app"]


def init_app(app: Flask) -> None:
    """Register the endpoints at the root of the site, where hosted clients expect them."""
    authorization_server.init_app(app)
    client_id_metadata_documents.init_app(app)
    for endpoints in (
        token.bp,
        registration.bp,
        client_configuration.bp,
        revocation.bp,
        introspection.bp,
        device_authorization.bp,
        metadata.bp,
    ):
        csrf.exempt(endpoints)
        app.register_blueprint(endpoints)
    app.register_blueprint(bp)
    # For the sign-in page, which belongs to another blueprint.
    app.jinja_env.globals["waiting_at"] = pending_request.waiting_at
