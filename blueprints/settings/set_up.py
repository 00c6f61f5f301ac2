"""The set-up of a new account in three steps: its name and mail, its people, an assistant."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.mail.delivery import composed_now, hand_over
from blueprints.settings import bp
from config import current_settings
from models.accounts import Member
from models.dashboard import SetUpProgress
from models.database import db, now
from models.mail import Attempt, Courier, Kind, Message
from models.mail.message import LASTS
from models.permissions import Permission
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take

# A mail server that does not answer keeps the person waiting this long, in seconds.
PATIENCE = 20.0
TEST_MAILS = Limit.per_minute(5)


@bp.get("/set-up")
@allowed(Permission.CHANGE_ACCOUNT)
def set_up() -> str:
    member, has_mail_server = current_member(), current_settings().mail_server is not None
    return render_template(
        "settings/set_up.html",
        account=member.account,
        progress=SetUpProgress.of(member.account_id, has_mail_server),
        has_mail_server=has_mail_server,
        tested=last_test(member),
        assistants=connect_page(),
    )


def connect_page() -> str:
    """The page that says how to connect an assistant."""
    guide = "connections.new"
    return url_for(guide if guide in current_app.view_functions else "connections.connections")


def last_test(member: Member) -> Message | None:
    """The newest test mail of the account."""
    tests = select(Message).where(Message.account_id == member.account_id, Message.kind == Kind.TEST_MAIL)
    return db.session.scalar(tests.order_by(Message.id.desc()).limit(1))


@bp.post("/set-up/test-mail")
@allowed(Permission.CHANGE_ACCOUNT)
def send_test_mail() -> Response:
    """Send a mail to the Owner who asks, and wait for what the mail server says."""
    member = current_member()
    recipient = member.user.email
    if wait := take(counted(TEST_MAILS, "test mails", member.account_id)):
        flash(
            ngettext(
                "Too many test mails. Wait %(num)s second, then try again.",
                "Too many test mails. Wait %(num)s seconds, then try again.",
                wait,
            ),
            "danger",
        )
    elif failure := sent_now(member):
        flash(_("The test mail to %(email)s was not sent. %(why)s", email=recipient, why=failure), "danger")
    else:
        flash(_("The mail server accepted the test mail to %(email)s. Check that it arrived.", email=recipient), "good")
    return redirect(url_for(".set_up"))


def sent_now(member: Member) -> str | None:
    """Send it; returns why it was not sent."""
    server = current_settings().mail_server
    if server is None:
        return str(_("This server has no mail server. The server administrator sets MAIL_URL and MAIL_FROM."))
    later = now() + LASTS
    message = Message.post(
        Kind.TEST_MAIL, member.user.email, account_id=member.account_id, due_at=later, user_id=member.user_id
    )
    attempt = Attempt.of_new(message)
    composed = composed_now(attempt.message) if attempt else None
    if attempt is None or composed is None:
        return str(_("The account changed in the meantime. Try again."))
    with Courier(server, PATIENCE) as courier:
        return hand_over(attempt, composed, courier, once=True)


@bp.post("/set-up/hiding")
@allowed(Permission.CHANGE_ACCOUNT)
def hide_set_up() -> Response:
    """Stop showing the set-up on Home."""
    current_member().account.set_up_hidden = True
    db.session.commit()
    flash(_("The set-up is no longer on Home. You find it in Account settings."))
    return redirect(url_for("web.home"))
