"""E-mails about an account: an export is ready, it will be deleted, a deletion is complete, and the test mail of its set-up."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from blueprints.mail.content import Occasion, short
from blueprints.web.urls import address_of
from models.accounts import Account, DataExport, Member
from models.database import db
from models.mail import Kind, Message
from models.privacy import Erasure


def export_ready(message: Message) -> Occasion | None:
    export = db.session.get(DataExport, message.about_id)
    if export is None or not export.available:
        return None
    team = called(message)
    values = {"team": team, "ends": export.expires_at, "page": address_of("settings.data")}
    return Occasion(_("The export of %(team)s is ready", team=team), values)


def deletion_asked(message: Message) -> Occasion | None:
    erasure = db.session.get(Erasure, message.about_id)
    if erasure is None or erasure.cancelled_at is not None:
        return None
    return about(message, erasure, _("%(team)s will be deleted", team=called(message)))


def deletion_cancelled(message: Message) -> Occasion | None:
    erasure = db.session.get(Erasure, message.about_id)
    return about(message, erasure, _("%(team)s will not be deleted", team=called(message))) if erasure else None


def about(message: Message, erasure: Erasure, subject: str) -> Occasion:
    asker = db.session.get(Member, erasure.asked_by)
    values = {
        "team": called(message),
        # The server administrator has no name.
        "by": short(asker.user.name) if asker else "",
        "asked": erasure.asked_at,
        "due": erasure.due_at,
        "page": address_of("settings.data"),
    }
    return Occasion(subject, values)


def account_deleted(message: Message) -> Occasion | None:
    # The account's name was deleted with it.
    erasure = db.session.get(Erasure, message.about_id)
    return Occasion(_("Your account was deleted"), {"asked": erasure.asked_at}) if erasure else None


def sign_in_deleted(message: Message) -> Occasion:
    return Occasion(_("Your sign-in was deleted"), {"happened": message.created_at})


def test_mail(message: Message) -> Occasion:
    return Occasion("Test mail from Profile", {"team": called(message)})


def called(message: Message) -> str:
    return short(db.session.get_one(Account, message.account_id).name)


DATA_NOTICES: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.TEST_MAIL: test_mail,
    Kind.EXPORT_READY: export_ready,
    Kind.DELETION_ASKED: deletion_asked,
    Kind.DELETION_CANCELLED: deletion_cancelled,
    Kind.ACCOUNT_DELETED: account_deleted,
    Kind.SIGN_IN_DELETED: sign_in_deleted,
}
