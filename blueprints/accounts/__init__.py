"""How people come in: signing up, in and out, joining an account by a link, and choosing the account to look at."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from blueprints.accounts import joining, no_account, sign_in, sign_up, switching  # noqa: E402, F401 (routes)
