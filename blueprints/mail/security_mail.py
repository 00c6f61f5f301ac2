"""E-mails about how a person signs in: what changed, from where, and what to do if it was not them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from blueprints.mail.content import Occasion
from blueprints.web.urls import address_of
from config import current_settings
from models.accounts import User
from models.database import db
from models.identity import EmailChange, PasswordReset
from models.mail import Kind, Message

# What happened, as the subject and as the first sentence.
ADDED = {
    "passkey": (
        lazy_gettext("A passkey was added to your sign-in"),
        lazy_gettext("A passkey was added to your sign-in on %(when)s."),
    ),
    "app": (
        lazy_gettext("An authenticator app was set up for your sign-in"),
        lazy_gettext("An authenticator app was set up for your sign-in on %(when)s."),
    ),
}
REMOVED = {
    "passkey": (
        lazy_gettext("A passkey was removed from your sign-in"),
        lazy_gettext("A passkey was removed from your sign-in on %(when)s."),
    ),
    "app": (
        lazy_gettext("Your authenticator app was removed from your sign-in"),
        lazy_gettext("Your authenticator app was removed from your sign-in on %(when)s."),
    ),
    "all": (
        lazy_gettext("All second factors were removed from your sign-in"),
        lazy_gettext("All second factors were removed from your sign-in on %(when)s."),
    ),
}


def password_reset(message: Message) -> Occasion | None:
    reset = db.session.get(PasswordReset, message.about_id)
    secret = reset.secret if reset else None
    if reset is None or secret is None:
        return None
    link = address_of("accounts.reset", secret=secret)
    values = {"link": link, "ends": reset.expires_at, "restored": bool(message.facts.get("restored"))}
    return Occasion(_("Reset your Profile password"), values, link)


def email_change(message: Message) -> Occasion | None:
    change = db.session.get(EmailChange, message.about_id)
    secret = change.secret if change else None
    if change is None or secret is None:
        return None
    other = User.by_email(change.email)
    if other is not None and other.id != change.user_id:
        return Occasion(_("Somebody entered your e-mail address"), {"link": None})
    link = address_of("settings.confirm_email", secret=secret)
    return Occasion(_("Confirm your new e-mail address"), {"link": link, "ends": change.expires_at}, link)


def notice_with(subject: LazyString) -> Callable[[Message], Occasion]:
    """A notice with this subject."""
    return lambda message: Occasion(str(subject), facts_of(message))


def factor_notice(subjects: dict[str, tuple[LazyString, LazyString]]) -> Callable[[Message], Occasion]:
    """A notice whose subject depends on what was added or removed."""

    def notice(message: Message) -> Occasion:
        subject, sentence = subjects[message.facts["factor"]]
        return Occasion(str(subject), facts_of(message) | {"what": str(sentence)})

    return notice


def facts_of(message: Message) -> dict[str, Any]:
    settings = current_settings()
    facts = message.facts
    return facts | {
        "happened": message.created_at,
        "how": _("The server administrator did this.") if facts.get("operator") else from_where(facts),
        "page": address_of("settings.sign_in"),
        "forgot": address_of("accounts.forgot"),
        "connections": address_of("connections.connections"),
        "support": settings.support_email,
    }


def from_where(facts: dict[str, Any]) -> str:
    """With which browser, and from which network, in one sentence."""
    network, browser = facts.get("network"), browser_in_words(facts.get("browser", ""))
    if not network:
        return str(_("It was done with %(browser)s.", browser=browser))
    return str(_("It was done with %(browser)s from the network %(network)s.", browser=browser, network=network))


def browser_in_words(name: str) -> str:
    """A browser as it was stored in English: "Firefox on Windows"."""
    browser, on, system = name.partition(" on ")
    if not browser or browser.lower() == "a browser":
        browser = _("a browser")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if on else browser


NOTICES: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.PASSWORD_RESET: password_reset,
    Kind.EMAIL_CHANGE: email_change,
    Kind.PASSWORD_CHANGED: notice_with(lazy_gettext("Your password was changed")),
    Kind.EMAIL_CHANGE_ASKED: notice_with(lazy_gettext("A change of your e-mail address was requested")),
    Kind.EMAIL_CHANGED: notice_with(lazy_gettext("Your e-mail address was changed")),
    Kind.FACTOR_ADDED: factor_notice(ADDED),
    Kind.FACTOR_REMOVED: factor_notice(REMOVED),
    Kind.RECOVERY_CODES_MADE: notice_with(lazy_gettext("New recovery codes were created")),
    Kind.RECOVERY_CODE_USED: notice_with(lazy_gettext("A recovery code was used")),
    Kind.SECOND_FACTOR_FAILED: notice_with(lazy_gettext("Somebody may know your password")),
}
WITH_LINK = frozenset({Kind.PASSWORD_RESET, Kind.EMAIL_CHANGE})
