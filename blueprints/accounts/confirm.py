"""Confirm who is signed in before a sensitive page, then return to that page."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.second_step import NOT_TAKEN
from blueprints.auth import sessions, webauthn
from blueprints.auth.access_control import safe_next, signed_in
from blueprints.auth.reauthentication import PASSKEY, TO_OPEN, end_session
from blueprints.forms.base import Form
from blueprints.web.errors import too_many_requests
from blueprints.web.security_headers import keeps_opener
from models.audit import Action
from models.database import db
from models.errors import Invalid
from models.identity import (
    BadAnswer,
    TooManyTries,
    code_is_right,
    forget_try,
    last_try_failed,
    password_is,
    record_failure,
)
from models.identity.webauthn_challenge import CONFIRM

WRONG = lazy_gettext("That is incorrect. Check what you entered and try again.")


class ConfirmForm(Form):
    password = PasswordField(lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password."))])
    code = StringField(
        lazy_gettext("Code"), description=lazy_gettext("From your authenticator app, or a recovery code.")
    )
    next = HiddenField()


@bp.route("/sign-in/again", methods=["GET", "POST"])
@signed_in
@keeps_opener
def confirm() -> str | Response | tuple[str, int]:
    asked_for = safe_next(request.values.get("next")) or url_for("settings.sign_in")
    if request.method != "POST":
        recent = g.login_session.passkey_within(TO_OPEN) if wants_passkey() else g.login_session.proven_within(TO_OPEN)
        return redirect(asked_for) if recent else page(ConfirmForm(next=asked_for))
    form = ConfirmForm()
    if g.login_session.user.has_second_factor and not (form.code.data or "").strip():
        form.validate()
        form.refuse(Invalid("code", _("Enter a code too.")))
        return page(form), 400
    return check(form, asked_for) if form.validate() else (page(form), 400)


def check(form: ConfirmForm, asked_for: str) -> Response | tuple[str, int]:
    person, here = g.login_session.user, g.login_session.id
    try:
        right = password_is(person, form.password.data or "", here)
        right = right and (not person.has_second_factor or code_is_right(person, form.code.data or "", str(here)))
    except TooManyTries as problem:
        return end_session(asked_for) if last_try_failed(here) else later(form, problem.wait, problem.message)
    if right:
        forget_try(here)
        return confirmed(asked_for)
    record_failure(Action.CONFIRMED, person.id)
    if last_try_failed(here):
        return end_session(asked_for)
    db.session.commit()
    form.refuse(Invalid("password", str(WRONG)))
    return page(form), 400


@bp.get("/sign-in/again/passkey")
@signed_in
def confirm_reopened() -> Response:
    """The address of a passkey that was refused, opened again without one."""
    return redirect(url_for(".confirm"))


@bp.post("/sign-in/again/passkey")
@signed_in
@keeps_opener
def confirm_by_passkey() -> Response | tuple[str, int]:
    asked_for = safe_next(request.form.get("next")) or url_for("settings.sign_in")
    try:
        webauthn.proven(CONFIRM, g.login_session.user_id)
    except BadAnswer as problem:
        webauthn.refused(problem)
        form = ConfirmForm(formdata=None, next=asked_for)
        form.refuse(Invalid("passkey", str(NOT_TAKEN)))
        return page(form), 400
    return confirmed(asked_for, by_passkey=True)


def confirmed(asked_for: str, by_passkey: bool = False) -> Response:
    sessions.confirm(by_passkey)
    db.session.commit()
    return redirect(asked_for)


def later(form: ConfirmForm, wait: int, sentence: str) -> Response:
    form.refuse(Invalid("password", sentence))
    return too_many_requests(page(form), wait)


def page(form: ConfirmForm) -> str:
    person = g.login_session.user
    passkeys = bool(person.passkeys) and webauthn.party() is not None
    return render_template(
        "accounts/confirm.html", form=form, person=person, passkeys=passkeys, only_passkey=passkeys and wants_passkey()
    )


def wants_passkey() -> bool:
    """Whether the page that asks for proof takes a passkey alone from people who have one."""
    return request.args.get(PASSKEY) == "1"
