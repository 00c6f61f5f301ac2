"""The set-up token: it makes sure that the first visitor of a public server does not become its Owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, abort
from flask_babel import lazy_gettext, ngettext
from sqlalchemy.exc import SQLAlchemyError
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.forms.base import Form
from blueprints.web.errors import too_many_requests
from blueprints.web.request_context import sender
from blueprints.web.urls import set_up_address
from config import current_settings
from models.accounts import Account, may_sign_up, sets_up
from models.database import db
from models.errors import Invalid
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take
from models.request_scope import open_scope

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = Limit.per_minute(10)
WRONG = lazy_gettext("This set-up token is incorrect, or it is for another e-mail address.")


class SetUpForm(Form):
    """A form that creates an account: the first one also needs the token."""

    token = StringField(lazy_gettext("Set-up token"), [InputRequired(lazy_gettext("Enter the set-up token."))])

    def without_needless_token(self) -> None:
        """Remove the field once an account exists."""
        if Account.any_exists():
            del self.token

    def check_token(self, email: str, show: Callable[[], str]) -> str:
        """The token, where one is needed; raises `Invalid` for a wrong one, and refuses one network that tries many."""
        if "token" not in self:
            return ""
        token = self.token.data or ""
        if sets_up(current_settings().sign_up, token, email):
            return token
        if wait := take(counted(TRIES, "set-up tokens", sender())):
            said = ngettext(
                "Too many incorrect set-up tokens. Wait %(num)s second, then try again.",
                "Too many incorrect set-up tokens. Wait %(num)s seconds, then try again.",
                wait,
            )
            self.refuse(Invalid("token", said))
            abort(too_many_requests(show(), wait))
        raise Invalid("token", str(WRONG))


def address_to_announce(app: Flask) -> str | None:
    """The link that the server prints at its start; None if there is an account, or nobody can sign up by it."""
    with app.app_context(), open_scope(reading=True):
        try:
            return set_up_address() if not Account.any_exists() and may_sign_up(current_settings().sign_up) else None
        except SQLAlchemyError:
            # No database yet. /sign-up says how to get the link later.
            return None
        finally:
            db.session.rollback()
            # The server's processes come from this one and must not share its connections.
            db.engine.dispose()
