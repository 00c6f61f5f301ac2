"""How people come in: signing up, in and out, coming back without a password, joining an account, choosing the account to look at."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, cli_group=None)

from blueprints.accounts import (  # noqa: E402, F401 (routes)
    accept_invitation,
    confirm,
    forgot,
    no_account,
    passkeys,
    person_commands,
    second_step,
    sign_in,
    sign_up,
    switching,
)
