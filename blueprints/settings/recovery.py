"""Recovery codes: shown once, on the page that answers."""

from __future__ import annotations

from flask import g, render_template, request, url_for

from blueprints.auth.access_control import safe_next, signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.handling import Saved
from blueprints.settings import bp
from models.database import db
from models.identity import RecoveryCode, renew_recovery_codes


@bp.route("/sign-in/recovery-codes", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def recovery_codes() -> str:
    person = g.login_session.user
    if request.method != "POST":
        return render_template("settings/recovery_codes.html", left=RecoveryCode.left(person.id), person=person)
    codes = renew_recovery_codes(person)
    db.session.commit()
    return show_codes(codes)


def done(said: str, codes: list[str], asked_for: str | None) -> Saved | str:
    """Show the recovery codes that come with a first factor; later factors come without any."""
    onward = safe_next(asked_for)
    return show_codes(codes, onward) if codes else Saved(said, onward or url_for(".sign_in"))


def show_codes(codes: list[str], asked_for: str | None = None) -> str:
    """Not after a redirect: the codes would have to be stored in between."""
    return render_template("settings/recovery_codes_made.html", codes=codes, onward=asked_for or url_for(".sign_in"))
