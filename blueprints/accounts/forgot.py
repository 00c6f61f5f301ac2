"""Forgot password: a link by e-mail to a page that sets a new one. It never reveals which addresses are known."""

from __future__ import annotations

import time

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from blueprints.web.errors import too_many_requests
from blueprints.web.request_context import sender
from config import current_settings
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


class ForgotForm(Form):
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])


class NewPasswordForm(Form):
    password = PasswordField("New password", [InputRequired("Choose a new password.")])


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot() -> str | Response | tuple[str, int]:
    settings = current_settings()
    if settings.mail_server is None:
        return render_template("accounts/forgot_without_mail.html", support=settings.support_email)
    form = ForgotForm()
    if request.method != "POST":
        return render_template("accounts/forgot.html", form=form)
    try:
        if form.validate():
            return send_link(form, email_address(form.email.data))
    except Invalid as problem:
        form.refuse(problem)
    return render_template("accounts/forgot.html", form=form), 400


def send_link(form: ForgotForm, address: str) -> str | Response:
    if wait := take(counted(ASKED, "forgotten passwords", sender())):
        form.refuse(
            Invalid(
                "email", f"Too many reset links were requested from this network. Wait {wait} seconds, then try again."
            )
        )
        return too_many_requests(render_template("accounts/forgot.html", form=form), wait)
    began = time.perf_counter()
    PasswordReset.ask(address)
    db.session.commit()
    time.sleep(max(0.0, ANSWERED_AFTER - (time.perf_counter() - began)))
    return render_template("accounts/forgot_sent.html", address=address)


@bp.route("/reset-password/<secret>", methods=["GET", "POST"])
@public
def reset(secret: str) -> str | Response | tuple[str, int]:
    link = PasswordReset.by_secret(secret)
    if link is None:
        return render_template("accounts/reset_ended.html"), 404
    form = NewPasswordForm()
    if request.method != "POST":
        return page(form, link)
    try:
        if form.validate():
            return set_password(secret, link, form.password.data or "")
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
        link = PasswordReset.by_secret(secret)
    return (page(form, link), 400) if link else (render_template("accounts/reset_ended.html"), 404)


def set_password(secret: str, link: PasswordReset, password: str) -> Response | tuple[str, int]:
    link.user.check_password(password)
    # Hashing takes a while; keep no transaction open during it.
    db.session.rollback()
    hashed = hash_password(password)
    again = PasswordReset.by_secret(secret)
    if again is None:
        return render_template("accounts/reset_ended.html"), 404
    again.use(password, hashed)
    db.session.commit()
    # The link signs nobody in: people with a second factor still need it.
    session.clear()
    flash("Your password was changed, and you are signed out everywhere. Sign in with your new password.", "good")
    return redirect(url_for(".sign_in"))


def page(form: NewPasswordForm, link: PasswordReset) -> str:
    return render_template("accounts/reset.html", form=form, person=link.user)
