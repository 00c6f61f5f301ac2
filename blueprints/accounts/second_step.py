"""The second step of signing in, for people with a second factor."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.auth import sessions, trusted_browser, webauthn
from blueprints.auth.access_control import public, safe_next
from blueprints.forms.base import Form
from blueprints.web.errors import too_many_requests
from blueprints.web.security_headers import keeps_opener
from models.accounts import User
from models.audit import Action
from models.database import db
from models.errors import Invalid
from models.identity import SECOND_FACTOR, BadAnswer, SecondStep, TooManyTries, code_is_right, notify, record_failure
from models.mail import Kind
from models.rate_limits import Daily, counted, fill

KEY = "second_step"
WRONG = lazy_gettext(
    "That code is incorrect or was already used. Enter the current code from the app, or a recovery code."
)
NOT_TAKEN = lazy_gettext("This passkey was not accepted. Try again, or use another method.")
ENDED = lazy_gettext("Enter your e-mail address and password again.")
FAILED = lazy_gettext("Five codes were incorrect. Enter your e-mail address and password again.")
# However many codes fail, the person gets this many e-mails about it per day.
WARNINGS = Daily.of(3)


class CodeForm(Form):
    code = StringField(lazy_gettext("Code"), [InputRequired(lazy_gettext("Enter a code."))])
    next = HiddenField()


def admit(person: User, asked_for: str | None) -> str:
    """Sign in a person who entered their password, or send them to the second step; returns the next page."""
    if not person.has_second_factor:
        sessions.sign_in(person)
        return asked_for or url_for("web.home")
    session[KEY] = SecondStep.begin(person)
    return url_for(".second_step", next=asked_for)


def find_pending() -> SecondStep | None:
    """The pending sign-in of this browser."""
    secret = session.get(KEY)
    return SecondStep.by_secret(secret) if isinstance(secret, str) else None


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@public
@keeps_opener
def second_step() -> str | Response | tuple[str, int]:
    step = find_pending()
    if step is None:
        return start_again()
    if request.method != "POST":
        return page(CodeForm(next=safe_next(request.args.get("next"))), step)
    form = CodeForm()
    if not form.validate():
        return page(form, step), 400
    try:
        right = code_is_right(step.user, form.code.data or "", trusted_browser.place(step.user))
    except TooManyTries as problem:
        return later(form, step, problem)
    return complete(step) if right else refused(form, step)


@bp.get("/sign-in/second-step/passkey")
@public
def second_step_reopened() -> Response:
    """The address of a passkey that was refused, opened again without one."""
    return redirect(url_for(".second_step"))


@bp.post("/sign-in/second-step/passkey")
@public
@keeps_opener
def second_step_by_passkey() -> Response | tuple[str, int]:
    step = find_pending()
    if step is None:
        return start_again()
    try:
        webauthn.proven(SECOND_FACTOR, step.user_id)
    except BadAnswer as problem:
        webauthn.refused(problem)
        form = CodeForm()
        form.refuse(Invalid("passkey", str(NOT_TAKEN)))
        return page(form, step), 400
    return complete(step)


def complete(step: SecondStep) -> Response:
    """Both factors are proven: sign in, unless another window was faster."""
    person = step.user
    if not step.take():
        db.session.rollback()
        return start_again()
    sessions.sign_in(person)
    db.session.commit()
    return redirect(safe_next(request.form.get("next")) or url_for("web.home"))


def refused(form: CodeForm, step: SecondStep) -> Response | tuple[str, int]:
    record_failure(Action.SECOND_FACTOR_FAILED, step.user_id)
    over = step.fail()
    if over and fill(counted(WARNINGS, "warnings of wrong codes", step.user_id)):
        notify(step.user, Kind.SECOND_FACTOR_FAILED)
    db.session.commit()
    if over:
        return start_again(str(FAILED))
    form.refuse(Invalid("code", str(WRONG)))
    return page(form, step), 400


def later(form: CodeForm, step: SecondStep, problem: TooManyTries) -> Response:
    form.refuse(Invalid("code", problem.message))
    return too_many_requests(page(form, step), problem.wait)


def start_again(said: str = "") -> Response:
    session.pop(KEY, None)
    flash(said or str(ENDED))
    asked_for = safe_next(request.values.get("next"))
    return redirect(url_for(".sign_in", next=asked_for))


def page(form: CodeForm, step: SecondStep) -> str:
    passkeys = bool(step.user.passkeys) and webauthn.party() is not None
    return render_template(
        "accounts/second_step.html", form=form, passkeys=passkeys, app=step.user.authenticator is not None
    )
