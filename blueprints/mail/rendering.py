"""Renders messages: the content, put into the templates of its kind."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from flask import current_app
from flask_babel import force_locale

from blueprints.mail.account_data_mail import DATA_NOTICES
from blueprints.mail.membership_mail import MEMBERSHIP_NOTICES
from blueprints.mail.registry import occasion_of
from blueprints.mail.security_mail import NOTICES, WITH_LINK
from config import current_settings
from models.accounts import Account, User
from models.assessments import AssessmentInvitation
from models.database import db, in_account
from models.mail import Kind, Letter, Message
from models.text import ENGLISH, email_key

# A notice of what another person may have done is plain text without buttons, so that it cannot be taken for phishing.
OF_APPS = {
    Kind.APP_CONNECTED,
    Kind.APP_WIDENED,
    Kind.APP_CUT_OFF,
    Kind.APP_ELSEWHERE,
    Kind.APP_STOPPED,
    Kind.APP_RENAMED,
    Kind.APP_MOVED,
    Kind.APP_ASKS,
    Kind.APP_ALARM,
    Kind.APP_DIGEST,
}
TEXT_ONLY = {*OF_APPS, *MEMBERSHIP_NOTICES, *NOTICES, *DATA_NOTICES} - WITH_LINK
BLANK = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Composed:
    """A rendered message, and the link in it that lets its holder act as the recipient, if it has one."""

    letter: Letter
    personal_link: str | None


def compose(message: Message) -> Composed | None:
    """The message as of now; None if there is no longer a reason to send it."""
    account = in_account(message.account_id) if message.account_id else nullcontext()
    with account, force_locale(language_of_recipient(message)):
        occasion = occasion_of(message)
        if occasion is None:
            return None
        values = occasion.values | {
            "subject": occasion.subject,
            "host": current_settings().host,
            "zone": zone_of_recipient(message),
        }
        text = BLANK.sub("\n\n", rendered(f"mail/{message.kind}.txt", values)).strip() + "\n"
        html = None if message.kind in TEXT_ONLY else rendered(f"mail/{message.kind}.html", values)
        return Composed(Letter(occasion.subject, text, html, occasion.stop_link), occasion.personal_link)


def language_of_recipient(message: Message) -> str:
    """The recipient's own language; else the one in which they were invited, else the account's."""
    person = db.session.get(User, message.user_id) if message.user_id else User.by_email(message.recipient)
    if person and person.language:
        return person.language
    if message.account_id is None:
        return ENGLISH
    if invitation := invitation_of(message):
        return invitation.language
    account = db.session.get(Account, message.account_id)
    return account.language if account else ENGLISH


def invitation_of(message: Message) -> AssessmentInvitation | None:
    """The invitation by which the recipient came to answer, if they did."""
    if message.user_id or message.profile_id is None or message.account_id is None:
        return None
    invitation = AssessmentInvitation.newest(message.account_id, message.profile_id)
    return invitation if invitation and invitation.email_key == email_key(message.recipient) else None


def zone_of_recipient(message: Message) -> tzinfo:
    """The recipient's time zone; UTC for somebody without a sign-in."""
    person = db.session.get(User, message.user_id) if message.user_id else None
    return person.zone if person else UTC


def rendered(template: str, values: dict[str, Any]) -> str:
    """Render a template without the context processors of pages (person, navigation), which do not belong in e-mail."""
    return current_app.jinja_env.get_template(template).render(values)
