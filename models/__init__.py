"""The product: rules live with their data. Nothing here knows of requests, pages or protocols."""

from flask import Flask

from models import (  # noqa: F401 (every table must be known to the metadata)
    account,
    alias,
    answer,
    assertion,
    assessment_invitation,
    assessment_link,
    audit,
    authenticator,
    authorization,
    bearer,
    ceremony,
    client,
    code_try,
    connection,
    connection_network,
    connection_policy,
    consent,
    data_export,
    debrief,
    debrief_request,
    device,
    email_change,
    erasure,
    invitation,
    invitation_file,
    listing,
    member,
    message,
    passkey,
    profile,
    purge,
    recovery,
    refusal,
    removal_request,
    reset,
    result,
    seal,
    second_step,
    session,
    sitting,
    tag,
    throttle,
    token,
    user,
)  # fmt: skip
from models.base import db
from models.engine import engine_options, prepare_engine
from models.instruments import loaded  # noqa: F401 (and this one)
from models.secrets import use_server_key
from models.tenancy import watch

__all__ = ["init_app"]


def init_app(app: Flask, database_url: str, secret_key: str, threads: int) -> None:
    """Open this database for the app."""
    use_server_key(secret_key)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(database_url, threads)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


watch(db.session)
