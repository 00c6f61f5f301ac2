"""Settings: the user profile, the account, its members, aliases, API clients and outbox, and the audit log."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("settings", __name__, url_prefix="/settings", cli_group=None)

from blueprints.settings import (  # noqa: E402, F401 (routes)
    account,
    account_deletion,
    account_export,
    aliases,
    audit,
    audit_commands,
    audit_export,
    authenticator,
    clients,
    data_commands,
    debriefs,
    digest,
    email,
    leaving,
    member_invitations,
    members,
    outbox,
    passkeys,
    password,
    personal_data,
    privacy,
    profile,
    recovery,
    second_factor,
    sessions,
    set_up,
    sign_in,
    undo,
    visibility,
)
