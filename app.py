"""Assembles Profile. `create_app()` reads like a table of contents."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

import models
from blueprints import (
    accounts,
    assessments,
    commands,
    connections,
    invitations,
    mcp,
    oauth,
    profiles,
    reporting,
    settings,
    web,
    worker,
)
from blueprints.commands.request_scope import open_for_commands
from blueprints.web.fixed_routes import App
from config import Settings
from models import metrics
from models.database import db
from models.secrets import use_server_key


def create_app(given: Settings | None = None) -> Flask:
    """Create the app from these settings, or from the environment; refuses unsafe settings."""
    config = given or Settings.from_environ()
    if config.metrics_token:
        metrics.turn_on()
    app = App(__name__, static_folder=None)
    app.config.update(PROFILE=config, SECRET_KEY=config.secret_key)
    # The router would answer `//` in an address with a redirect to whatever host the request names, before anything checks that.
    app.url_map.merge_slashes = False
    use_server_key(config.secret_key, config.secret_key_previous)
    models.init_app(app, config.database_url, config.threads, config.database_connections)
    Migrate(app, db, directory=f"{app.root_path}/migrations")
    web.init_app(app, config)
    app.register_blueprint(accounts.bp)
    app.register_blueprint(profiles.bp)
    app.register_blueprint(invitations.bp)
    app.register_blueprint(reporting.bp)
    app.register_blueprint(assessments.bp)
    app.register_blueprint(settings.bp)
    app.register_blueprint(settings.privacy.open_to_all)
    app.register_blueprint(connections.bp)
    oauth.init_app(app)
    mcp.init_app(app, config)
    worker.init_app(app, config)
    commands.init_app(app)
    open_for_commands(app)
    return app
