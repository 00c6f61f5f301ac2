"""E-mails about how a person signs in: what changed, from where, and what to do if it was not them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blueprints.mail.content import Occasion
from blueprints.web.urls import address_of
from config import current_settings
from models.accounts import User
from models.database import db
from models.identity import EmailChange, PasswordReset
from models.mail import Kind, Message

ADDED = {"passkey": "A passkey was added to your sign-in", "app": "An authenticator app was set up for your sign-in"}
REMOVED = {
    "passkey": "A passkey was removed from your sign-in",
    "app": "Your authenticator app was removed from your sign-in",
    "all": "All second factors were removed from your sign-in",
}


def password_reset(message: Message) -> Occasion | None:
    reset = db.session.get(PasswordReset, message.about_id)
    secret = reset.secret if reset else None
    if reset is None or secret is None:
        return None
    link = address_of("accounts.reset", secret=secret)
    return Occasion("Reset your Profile password", {"link": link, "ends": reset.expires_at}, link)


def email_change(message: Message) -> Occasion | None:
    change = db.session.get(EmailChange, message.about_id)
    secret = change.secret if change else None
    if change is None or secret is None:
        return None
    other = User.by_email(change.email)
    if other is not None and other.id != change.user_id:
        return Occasion("Somebody entered your e-mail address", {"link": None})
    link = address_of("settings.confirm_email", secret=secret)
    return Occasion("Confirm your new e-mail address", {"link": link, "ends": change.expires_at}, link)


def notice_with(subject: str) -> Callable[[Message], Occasion]:
    """A notice with this subject."""
    return lambda message: Occasion(subject, facts_of(message))


def factor_notice(subjects: dict[str, str]) -> Callable[[Message], Occasion]:
    """A notice whose subject depends on what was added or removed."""

    def notice(message: Message) -> Occasion:
        subject = subjects[message.facts["factor"]]
        return Occasion(subject, facts_of(message) | {"what": subject})

    return notice


def facts_of(message: Message) -> dict[str, Any]:
    settings = current_settings()
    facts = message.facts
    return facts | {
        "happened": message.created_at,
        "how": "by the server administrator" if facts.get("operator") else from_where(facts),
        "page": address_of("settings.sign_in"),
        "forgot": address_of("accounts.forgot"),
        "connections": address_of("connections.connections"),
        "support": settings.support_email,
    }


def from_where(facts: dict[str, Any]) -> str:
    network = facts.get("network")
    return f"with {facts.get('browser', 'a browser')}" + (f" from the network {network}" if network else "")


NOTICES: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.PASSWORD_RESET: password_reset,
    Kind.EMAIL_CHANGE: email_change,
    Kind.PASSWORD_CHANGED: notice_with("Your password was changed"),
    Kind.EMAIL_CHANGE_ASKED: notice_with("A change of your e-mail address was requested"),
    Kind.EMAIL_CHANGED: notice_with("Your e-mail address was changed"),
    Kind.FACTOR_ADDED: factor_notice(ADDED),
    Kind.FACTOR_REMOVED: factor_notice(REMOVED),
    Kind.RECOVERY_CODES_MADE: notice_with("New recovery codes were created"),
    Kind.RECOVERY_CODE_USED: notice_with("A recovery code was used"),
    Kind.SECOND_FACTOR_FAILED: notice_with("Somebody may know your password"),
}
WITH_LINK = frozenset({Kind.PASSWORD_RESET, Kind.EMAIL_CHANGE})
