"""How people get in: sign-up, sign-in, password reset, accepting an invitation, switching accounts."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, cli_group=None)

from blueprints.accounts import (  # noqa: E402, F401 (routes)
    accept_invitation,
    confirm,
    forgot,
    no_account,
    own_team,
    owner_commands,
    passkeys,
    person_commands,
    second_step,
    sign_in,
    sign_up,
    switching,
)
