"""Signing in and out."""

from __future__ import annotations

import time

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.sign_up import policy
from blueprints.site import sessions
from blueprints.site.access import public, safe_next, signed_in
from blueprints.site.forms import Form
from models.base import db
from models.errors import Invalid
from models.person import person_signing_in
from models.sign_up import may_sign_up

# The failed sign-in of somebody known is written to the trail, a stranger's is not: every refusal waits for the same
# moment, so that its time does not tell who is known here. argon2id and a slow disk fit in.
REFUSED_AFTER = 0.2
WRONG = "This e-mail address and password do not belong together. Check both and try again."


class SignInForm(Form):
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    next = HiddenField()


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response | tuple[str, int]:
    if request.method == "POST":
        return start_session(SignInForm())
    asked_for = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(asked_for or url_for("site.home"))
    return page(SignInForm(next=asked_for))


def start_session(form: SignInForm) -> Response | tuple[str, int]:
    began = time.perf_counter()
    if form.validate():
        if person := person_signing_in(form.email.data or "", form.password.data or ""):
            sessions.sign_in(person)
            db.session.commit()
            return redirect(safe_next(form.next.data) or url_for("site.home"))
        db.session.commit()
        form.refuse(Invalid("email", WRONG))
        time.sleep(max(0.0, REFUSED_AFTER - (time.perf_counter() - began)))
    return page(form), 400


def page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form, may_sign_up=may_sign_up(policy()))


@bp.post("/sign-out")
@signed_in
def sign_out() -> Response:
    sessions.sign_out()
    db.session.commit()
    flash("You are signed out.", "good")
    return redirect(safe_next(request.form.get("next")) or url_for(".sign_in"))
