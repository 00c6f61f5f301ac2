"""Forgot password: a link by e-mail to a page that sets a new one. It never reveals which addresses are known."""

from __future__ import annotations

import time

from flask import abort, make_response, render_template, request, session, url_for
from flask_babel import lazy_gettext, ngettext
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.auth import trusted_browser
from blueprints.auth.access_control import public, safe_next
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.web.errors import too_many_requests
from blueprints.web.request_context import sender
from config import current_settings
from models.accounts import User
from models.database import db
from models.errors import Invalid
from models.identity import PasswordReset
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take
from models.secrets import hash_password
from models.text import email_address

# A known address gets an e-mail and an unknown one gets none. Both answers take equally long.
ANSWERED_AFTER = 0.2
ASKED = Limit(a_minute=6, at_once=10)
# Where somebody was going who forgot their password, in their browser's session.
WAY_BACK = "after reset"
# Browsers drop a cookie of more than 4,096 bytes. Requests of apps are shorter here (blueprints/oauth/pending_request.py).
LONGEST_KEPT = 2_000
CHANGED = lazy_gettext("Your password was changed, and you are signed out everywhere. Sign in with your new password.")


class ForgotForm(Form):
    email = EmailField(lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter your e-mail address."))])
    next = HiddenField()


class NewPasswordForm(Form):
    password = PasswordField(lazy_gettext("New password"), [InputRequired(lazy_gettext("Choose a new password."))])


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot() -> Answer:
    settings = current_settings()
    if settings.mail_server is None:
        return render_template("accounts/forgot_without_mail.html", support=settings.support_email)
    form = ForgotForm(next=safe_next(request.args.get("next")))
    return handle_form(form, lambda: render_template("accounts/forgot.html", form=form), lambda: send_link(form))


def send_link(form: ForgotForm) -> Answer:
    address = email_address(form.email.data)
    person = User.by_email(address)
    known = person is not None and trusted_browser.knows(person)
    if not known and (wait := take(counted(ASKED, "forgotten passwords", sender()))):
        said = ngettext(
            "Too many reset links were requested from this network. Wait %(num)s second, then try again.",
            "Too many reset links were requested from this network. Wait %(num)s seconds, then try again.",
            wait,
        )
        form.refuse(Invalid("email", said))
        return too_many_requests(render_template("accounts/forgot.html", form=form), wait)
    began = time.perf_counter()
    PasswordReset.ask(address, sender(), known=known)
    db.session.commit()
    time.sleep(max(0.0, ANSWERED_AFTER - (time.perf_counter() - began)))
    # For this browser alone. In the mail, anybody who asks for one would choose where its reader goes after signing in.
    back = safe_next(form.next.data)
    session[WAY_BACK] = back if back and len(back) <= LONGEST_KEPT else None
    return render_template("accounts/forgot_sent.html", address=address, back=back)


@bp.route("/reset-password/<secret>", methods=["GET", "POST"])
@public
def reset(secret: str) -> Answer:
    form = NewPasswordForm()
    if PasswordReset.by_secret(secret) is None:
        return ended()

    def show() -> str:
        return render_template("accounts/reset.html", form=form, person=link_of(secret).user)

    return handle_form(form, show, lambda: set_password(secret, form.password.data or ""))


def set_password(secret: str, password: str) -> Saved:
    link_of(secret).user.check_password(password)
    # Hashing takes a while; keep no transaction open during it.
    db.session.rollback()
    hashed = hash_password(password)
    link_of(secret).use(password, hashed)
    # The link signs nobody in: people with a second factor still need it.
    back = session.get(WAY_BACK)
    session.clear()
    return Saved(str(CHANGED), url_for(".sign_in", next=back))


def link_of(secret: str) -> PasswordReset:
    """The link, which can have been used in another window since."""
    return PasswordReset.by_secret(secret) or abort(make_response(ended()))


def ended() -> tuple[str, int]:
    return render_template("accounts/reset_ended.html"), 404
