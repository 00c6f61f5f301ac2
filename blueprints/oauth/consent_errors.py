"""Why an app's request ends on an error page: nobody is asked, nothing is granted, and there is no redirect."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from blueprints.oauth import bp
from blueprints.web import errors
from models.database import db
from models.oauth import SECOND_FACTOR, Standing
from models.oauth.consent_rules import LOCKED, POLICY

ANSWERED = (
    lazy_gettext("This request was already answered"),
    lazy_gettext("Nothing more was done. If the app is still waiting, start again from the app."),
)
INCOMPLETE = (
    lazy_gettext("The form was not complete"),
    lazy_gettext("It did not say for which account it was shown. Nothing was done. Start again from the app."),
)
NOT_HERE = (
    lazy_gettext("This request cannot be answered here"),
    lazy_gettext(
        "It was shown to another person or in another browser, or it is more than ten minutes old. Start again from the app."
    ),
)
OVER = (
    lazy_gettext("This request can no longer be answered"),
    lazy_gettext(
        "This browser was signed out, and the request is more than ten minutes old. Nothing was done. Start again from the app."
    ),
)
APP_CHANGED = (
    lazy_gettext("The app has changed since it asked"),
    lazy_gettext("It no longer accepts an answer in this way. Nothing was connected. Start again from the app."),
)
NOT_A_MEMBER = (
    lazy_gettext("This app belongs to another account"),
    lazy_gettext("Only members of the account that registered it can connect it."),
)


class CannotAnswer(Exception):
    """A request that this person cannot answer now; what was begun is rolled back."""

    def __init__(self, what: str | LazyString, todo: str | LazyString, status: int = 400) -> None:
        super().__init__(what)
        self.what, self.todo, self.status = str(what), str(todo), status


@bp.errorhandler(CannotAnswer)
def show_reason(error: CannotAnswer) -> tuple[str, int]:
    db.session.rollback()
    return errors.page(error.status, error.what, error.todo)


def why_blocked(standing: Standing, redirect_uri: str) -> tuple[str, str] | None:
    """Why the account does not let this member connect this app, and what to do; None if it does."""
    reason, account = standing.blocked_by(redirect_uri), standing.member.account.name
    if reason == LOCKED:
        return (
            _("%(account)s is about to be deleted", account=account),
            _("You cannot connect apps to it. Choose another account, or ask an Owner to cancel the deletion."),
        )
    if reason == POLICY:
        return (
            _("%(account)s does not allow this app", account=account),
            _("The account's Owners decide which apps can connect. Ask an Owner, or choose another account."),
        )
    if reason == SECOND_FACTOR:
        return (
            _("Set up a second factor first"),
            _(
                "%(account)s requires a second factor to connect apps. Set one up under Settings, Sign-in and security, then try again.",
                account=account,
            ),
        )
    return None


def refuse_blocked(standing: Standing, redirect_uri: str) -> None:
    """Raise `CannotAnswer` if the account does not let this member connect this app."""
    if blocked := why_blocked(standing, redirect_uri):
        raise CannotAnswer(*blocked, status=403)
