"""Signing in and signing out."""

from __future__ import annotations

import time

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.second_step import admit
from blueprints.accounts.sign_up import policy
from blueprints.auth import sessions, trusted_browser, webauthn
from blueprints.auth.access_control import public, safe_next, signed_in
from blueprints.forms.base import Form
from blueprints.web.errors import too_many_requests
from blueprints.web.request_context import sender
from blueprints.web.security_headers import keeps_opener
from config import current_settings
from models.accounts import User, may_sign_up
from models.database import db
from models.demo import is_demo_person
from models.errors import Invalid
from models.identity import person_signing_in
from models.rate_limits import Counted, Limit, counted, give_back
from models.rate_limits.buckets import take
from models.text import email_key

# A failed sign-in of a known person is recorded in the audit log, an unknown one is not. Every refusal therefore takes
# equally long, so that its timing does not reveal who is known. argon2id and a slow disk fit into that time.
REFUSED_AFTER = 0.2
# How many attempts may fail in a row before a password alone is not enough (NIST SP 800-63B-4 §3.2.2).
MOST_IN_KNOWN_BROWSERS = 100
# How many addresses together can use up what one of them has in a minute, before all must wait.
NETWORKS_AT_ONCE = 10
WRONG = lazy_gettext("Incorrect e-mail address or password. Check both and try again.")


class SignInForm(Form):
    email = EmailField(lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter your e-mail address."))])
    password = PasswordField(lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password."))])
    next = HiddenField()


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@keeps_opener
def sign_in() -> str | Response | tuple[str, int]:
    if request.method == "POST":
        return start_session(SignInForm())
    asked_for = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(asked_for or url_for("web.home"))
    return page(SignInForm(next=asked_for))


def start_session(form: SignInForm) -> Response | tuple[str, int]:
    began = time.perf_counter()
    if form.validate():
        email = form.email.data or ""
        tries = tries_as(email)
        # Counted before the password is checked, so that parallel attempts count each other.
        if wait := take(*tries):
            return later(form, wait)
        person = person_signing_in(email, form.password.data or "")
        if person and may_sign_in_here(person):
            destination = admit(person, safe_next(form.next.data))
            give_back(*tries)
            db.session.commit()
            return redirect(destination)
        db.session.commit()
        form.refuse(Invalid("email", str(WRONG)))
        time.sleep(max(0.0, REFUSED_AFTER - (time.perf_counter() - began)))
    return page(form), 400


def may_sign_in_here(person: User) -> bool:
    """Everybody, except for the demo's people where strangers reach the server and no demo was asked for: others know their password."""
    settings = current_settings()
    return settings.on_loopback or settings.demo or not is_demo_person(person)


def tries_as(email: str) -> list[Counted]:
    """The counters for a failed sign-in as this person, from here. Known or unknown, all spellings of an address share one."""
    settings = current_settings()
    person = User.by_email(email)
    if person and trusted_browser.knows(person):
        # In a trusted browser only its own failures count, so that nobody else can lock the person out.
        return [
            counted(Limit(settings.limit_sign_ins, MOST_IN_KNOWN_BROWSERS), "sign-ins in known browsers", person.id)
        ]
    here = counted(Limit.per_minute(settings.limit_sign_ins_address), "sign-ins from", sender())
    as_person = counted(Limit.per_minute(settings.limit_sign_ins), "sign-ins as", email_key(email), sender())
    # Somebody with many addresses has no more guesses than this at one person.
    anywhere = Limit(settings.limit_sign_ins, settings.limit_sign_ins * NETWORKS_AT_ONCE)
    return [as_person, here, counted(anywhere, "sign-ins as, anywhere", email_key(email))]


def later(form: SignInForm, wait: int) -> Response:
    """Nobody is ever locked out: after the wait they can try again."""
    said = ngettext(
        "Too many failed sign-ins. Wait %(num)s second, then try again.",
        "Too many failed sign-ins. Wait %(num)s seconds, then try again.",
        wait,
    )
    form.refuse(Invalid("email", said))
    return too_many_requests(page(form), wait)


def page(form: SignInForm) -> str:
    passkeys = webauthn.party() is not None
    return render_template("accounts/sign_in.html", form=form, passkeys=passkeys, may_sign_up=may_sign_up(policy()))


@bp.post("/sign-out")
@signed_in
def sign_out() -> Response:
    sessions.sign_out()
    db.session.commit()
    flash(_("You are signed out."), "good")
    return redirect(safe_next(request.form.get("next")) or url_for(".sign_in"))
