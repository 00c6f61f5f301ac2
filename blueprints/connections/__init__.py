"""Connected apps: what a member's connections may do, and how to end them."""

from flask import Blueprint

bp = Blueprint("connections", __name__, url_prefix="/settings/connections")

from blueprints.connections import (  # noqa: E402, F401 (routes of this blueprint)
    account_connections,
    alarms,
    calls,
    connection,
    connections,
    decoy,
    denied_scopes,
    limits,
    new_connection,
    pauses,
    revocations,
    scopes,
    undo,
)
