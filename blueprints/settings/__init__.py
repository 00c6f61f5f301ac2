"""Settings: one's own profile, the account, its members, its aliases, its API clients, its outbox, and the audit trail."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("settings", __name__, url_prefix="/settings", cli_group=None)

from blueprints.settings import (  # noqa: E402, F401 (routes)
    account,
    aliases,
    audit,
    audit_commands,
    audit_export,
    authenticator,
    clients,
    data,
    data_commands,
    data_deletion,
    data_own,
    debriefs,
    email,
    invitations,
    leaving,
    members,
    outbox,
    passkeys,
    password,
    person,
    privacy,
    recovery,
    second_factor,
    sessions,
    sign_in,
)
