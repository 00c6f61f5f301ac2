"""Why an app's request ends on an error page: nobody is asked, nothing is granted, and there is no redirect."""

from __future__ import annotations

from blueprints.oauth import bp
from blueprints.web import errors
from models.accounts import Member
from models.clients import Client
from models.database import db
from models.oauth import SECOND_FACTOR, blocked_by
from models.oauth.consent_rules import LOCKED, POLICY

ANSWERED = (
    "This request was already answered",
    "Nothing more was done. If the app is still waiting, start again from the app.",
)
INCOMPLETE = (
    "The form was not complete",
    "It did not say for which account it was shown. Nothing was done. Start again from the app.",
)
NOT_HERE = (
    "This request cannot be answered here",
    "It was shown to another person or in another browser, or it is more than ten minutes old. Start again from the app.",
)
OVER = (
    "This request can no longer be answered",
    "This browser was signed out, and the request is more than ten minutes old. Nothing was done. Start again from the app.",
)
APP_CHANGED = (
    "The app has changed since it asked",
    "It no longer accepts an answer in this way. Nothing was connected. Start again from the app.",
)
NOT_A_MEMBER = (
    "This app belongs to another account",
    "Only members of the account that registered it can connect it.",
)
BLOCKED = {
    LOCKED: (
        "{account} is about to be deleted",
        "You cannot connect apps to it. Choose another account, or ask an Owner to cancel the deletion.",
    ),
    POLICY: (
        "{account} does not allow this app",
        "The account's Owners decide which apps can connect. Ask an Owner, or choose another account.",
    ),
    SECOND_FACTOR: (
        "Set up a second factor first",
        "{account} requires a second factor to connect apps. Set one up under Settings, Sign-in and security, then try again.",
    ),
}


class CannotAnswer(Exception):
    """A request that this person cannot answer now; what was begun is rolled back."""

    def __init__(self, what: str, todo: str, status: int = 400) -> None:
        super().__init__(what)
        self.what, self.todo, self.status = what, todo, status


@bp.errorhandler(CannotAnswer)
def show_reason(error: CannotAnswer) -> tuple[str, int]:
    db.session.rollback()
    return errors.page(error.status, error.what, error.todo)


def why_blocked(member: Member, client: Client, redirect_uri: str) -> tuple[str, str] | None:
    """Why the account does not let this member connect this app, and what to do; None if it does."""
    reason = blocked_by(member, client, redirect_uri)
    if reason is None:
        return None
    what, todo = BLOCKED[reason]
    return what.format(account=member.account.name), todo.format(account=member.account.name)


def refuse_blocked(member: Member, client: Client, redirect_uri: str) -> None:
    """Raise `CannotAnswer` if the account does not let this member connect this app."""
    if blocked := why_blocked(member, client, redirect_uri):
        raise CannotAnswer(*blocked, status=403)
