"""Sign in with a passkey, without an address or password; also issues the challenges for the browser."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, jsonify, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.accounts import bp
from blueprints.accounts.second_step import NOT_TAKEN, find_pending
from blueprints.accounts.sign_in import SignInForm, page
from blueprints.auth import sessions, webauthn
from blueprints.auth.access_control import public, safe_next
from blueprints.web.request_context import sender
from blueprints.web.security_headers import keeps_opener
from models.accounts import User
from models.database import db, now
from models.errors import Invalid
from models.identity import SECOND_FACTOR, SIGN_IN, BadAnswer
from models.identity.webauthn_challenge import CONFIRM
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take

CHALLENGES = Limit.per_minute(60)


@bp.post("/sign-in/passkey/challenge")
@public
def challenge() -> Response | tuple[Response, int]:
    """The options that a script passes to the browser's passkey dialog. The answer is posted by a form, so it ends on a page."""
    if wait := take(counted(CHALLENGES, "passkey challenges", sender())):
        return jsonify(wait=wait), 429
    purpose = request.form.get("purpose", "")
    if purpose not in ASKED:
        abort(400)
    person = ASKED[purpose]()
    bytes_ = webauthn.begin(purpose, person.id if person else None)
    options = webauthn.this_party().options_to_prove(bytes_, person.passkeys if person else ())
    db.session.commit()
    return jsonify(options)


def any_user() -> None:
    """Name no person: the passkey identifies its owner."""


def pending_user() -> User:
    step = find_pending()
    return step.user if step else abort(400)


def signed_in_user() -> User:
    person = db.session.get(User, current_user.id) if current_user.is_authenticated else None
    return person or abort(400)


ASKED: dict[str, Callable[[], User | None]] = {
    SIGN_IN: any_user,
    SECOND_FACTOR: pending_user,
    CONFIRM: signed_in_user,
}


@bp.get("/sign-in/passkey")
@public
def passkey_reopened() -> Response:
    """The address of a passkey that was refused, opened again without one."""
    return redirect(url_for(".sign_in"))


@bp.post("/sign-in/passkey")
@public
@keeps_opener
def sign_in_by_passkey() -> Response | tuple[str, int]:
    asked_for = safe_next(request.form.get("next"))
    try:
        passkey = webauthn.proven(SIGN_IN)
    except BadAnswer as problem:
        webauthn.refused(problem)
        form = SignInForm(formdata=None, next=asked_for)
        form.refuse(Invalid("passkey", str(NOT_TAKEN)))
        return page(form), 400
    # A passkey counts as two factors: the device, and the PIN or fingerprint that unlocks it.
    sessions.sign_in(passkey.user).passkey_at = now()
    db.session.commit()
    return redirect(asked_for or url_for("web.home"))
