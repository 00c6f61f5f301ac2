"""The product: rules live with their data. Nothing here knows about requests, pages or protocols."""

from flask import Flask

from models import (  # noqa: F401 (every table must be in the metadata)
    accounts,
    approvals,
    assessments,
    audit,
    clients,
    connections,
    debriefs,
    identity,
    instruments,
    mail,
    oauth,
    privacy,
    profiles,
    rate_limits,
    server_key,
)
from models.assessments import bulk_invite  # noqa: F401 (and these)
from models.database import db, engine_options, prepare_engine, watch
from models.instruments import loaded_instrument  # noqa: F401

__all__ = ["init_app"]


def init_app(app: Flask, database_url: str, threads: int, most_connections: int) -> None:
    """Set up this database for the app."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(database_url, threads, most_connections)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


watch(db.session)
