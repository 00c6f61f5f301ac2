"""Where a person is signed in, and signing out there."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.settings import bp
from blueprints.settings.sign_in import session_lifetime
from models.database import db
from models.identity import LoginSession


@bp.get("/sessions")
@signed_in
def sessions() -> str:
    here = g.login_session
    return render_template(
        "settings/sessions.html", sessions=LoginSession.of(here.user_id, session_lifetime()), here=here
    )


@bp.post("/sessions/<uuid:session_id>/sign-out")
@signed_in
def end_session(session_id: uuid.UUID) -> Response:
    ended = LoginSession.find(g.login_session.user_id, session_id)
    ended.end_from_elsewhere()
    db.session.commit()
    flash(_("%(browser)s was signed out.", browser=ended.browser), "good")
    return redirect(url_for(".sessions"))


@bp.post("/sessions/others/sign-out")
@signed_in
def end_other_sessions() -> Response:
    g.login_session.end_others()
    db.session.commit()
    flash(_("Every other browser was signed out."), "good")
    return redirect(url_for(".sessions"))
