"""The product: rules live with their data. Nothing here knows of requests, pages or protocols."""

from flask import Flask

from models.accounts import account, data_export, member, member_invitation, user  # noqa: F401 (every table must be known to the metadata)
from models.assessments import answer, invitation, removal_request, shared_link, sitting  # noqa: F401 (every table must be known to the metadata)
from models.assessments.bulk_invite import upload  # noqa: F401 (every table must be known to the metadata)
from models.audit import purge, recorder, seal  # noqa: F401 (every table must be known to the metadata)
from models.clients import client  # noqa: F401 (every table must be known to the metadata)
from models.connections import authorization, connection, declined_scope, networks, policy  # noqa: F401 (every table must be known to the metadata)
from models.database.base import db
from models.database.engine import engine_options, prepare_engine
from models.database.tenancy import watch
from models.debriefs import debrief, request  # noqa: F401 (every table must be known to the metadata)
from models.identity import (  # noqa: F401 (every table must be known to the metadata)
    email_change,
    passkey,
    password_reset,
    pending_sign_in,
    recovery_codes,
    session,
    totp,
    webauthn_challenge,
)
from models.instruments import loaded_instrument  # noqa: F401 (and this one)
from models.mail import message  # noqa: F401 (every table must be known to the metadata)
from models.oauth import bearer, consent_request, device_authorization, device_code_attempts, tokens, used_assertion  # noqa: F401 (every table must be known to the metadata)
from models.privacy import erasure  # noqa: F401 (every table must be known to the metadata)
from models.profiles import alias, listing, profile, result, tag  # noqa: F401 (every table must be known to the metadata)
from models.rate_limits import buckets  # noqa: F401 (every table must be known to the metadata)
from models.secrets import use_server_key

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
