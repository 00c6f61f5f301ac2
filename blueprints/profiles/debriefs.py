"""The debrief of a profile: request a new one, see its progress, read earlier ones."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.profiles import bp
from models.database import db
from models.debriefs import Debrief, DebriefRequest
from models.errors import NotAllowed
from models.permissions import Permission
from models.profiles import Profile, Result


@bp.get("/profiles/<uuid:profile_id>/debrief")
@allowed(Permission.SEE_PROFILES)
def debrief(profile_id: uuid.UUID) -> str:
    """The state of the debrief; a page that waits for one polls this."""
    account_id = current_account_id()
    return render_template(
        "profiles/debrief.html",
        profile=Profile.find(account_id, profile_id),
        results=Result.newest(account_id, profile_id),
        debrief=Debrief.newest(account_id, profile_id),
        debrief_request=DebriefRequest.newest(account_id, profile_id),
        versions=Debrief.versions(account_id, profile_id),
        may_edit=current_member().may(Permission.EDIT_PROFILES),
    )


@bp.post("/profiles/<uuid:profile_id>/debrief")
@allowed(Permission.EDIT_PROFILES)
def ask_debrief(profile_id: uuid.UUID) -> Response:
    profile = Profile.find(current_account_id(), profile_id)
    try:
        DebriefRequest.ask(profile, by=current_member().id)
    except NotAllowed as problem:
        db.session.rollback()
        flash(problem.message, "danger")
    else:
        db.session.commit()
        flash("A new debrief is being written.", "good")
    return redirect(url_for(".profile", profile_id=profile_id, _anchor="debrief"))


@bp.get("/profiles/<uuid:profile_id>/debriefs/<uuid:debrief_id>")
@allowed(Permission.SEE_PROFILES)
def debrief_version(profile_id: uuid.UUID, debrief_id: uuid.UUID) -> str:
    account_id = current_account_id()
    profile = Profile.find(account_id, profile_id)
    return render_template(
        "profiles/debrief_version.html",
        profile=profile,
        debrief=Debrief.find(account_id, profile_id, debrief_id),
        newest=Debrief.newest(account_id, profile_id),
    )
