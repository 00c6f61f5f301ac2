"""How a person signs in: address, password, second factors, and current sessions."""

from __future__ import annotations

from datetime import timedelta

from flask import g, render_template, request

from blueprints.auth import webauthn
from blueprints.auth.access_control import safe_next, signed_in
from blueprints.settings import bp
from config import current_settings
from models.identity import EmailChange, LoginSession, RecoveryCode


@bp.get("/sign-in")
@signed_in
def sign_in() -> str:
    person = g.login_session.user
    return render_template(
        "settings/sign_in.html",
        person=person,
        waiting=EmailChange.open_of(person.id),
        codes_left=RecoveryCode.left(person.id),
        sessions=len(LoginSession.of(person.id, session_lifetime())),
        # An account that requires a second factor sends its members here before it lets them in.
        asking=g.member.account if g.member and g.member.lacks_second_factor else None,
        passkeys_possible=webauthn.party() is not None,
        next=safe_next(request.args.get("next")),
    )


def session_lifetime() -> timedelta:
    """How long an unused browser stays signed in."""
    lifetime: timedelta = current_settings().session_lifetime
    return lifetime
