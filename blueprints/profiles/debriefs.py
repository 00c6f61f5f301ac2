"""The debrief of a profile: request a new one, see its progress, read earlier ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.profiles import bp
from models.database import db, now
from models.debriefs import Debrief, DebriefRequest, Recipient
from models.errors import NotAllowed
from models.permissions import Permission
from models.profiles import Profile, Result


@bp.get("/profiles/<uuid:profile_id>/debrief")
@allowed(Permission.SEE_PROFILES)
def debrief(profile_id: uuid.UUID) -> str:
    """The state of the debrief; a page that waits for one polls this."""
    account_id = current_account_id()
    profile = Profile.find(account_id, profile_id)
    results, newest = Result.newest(account_id, profile_id), Debrief.newest(account_id, profile_id)
    return render_template(
        "profiles/debrief.html",
        profile=profile,
        results=results,
        debrief=newest,
        would_change=would_change(results, newest),
        recipient=model_for_account(),
        printed_at=now(),
        debrief_request=DebriefRequest.newest(account_id, profile_id),
        versions=Debrief.versions(account_id, profile_id),
        may_edit=current_member().may(Permission.EDIT_PROFILES),
    )


@bp.post("/profiles/<uuid:profile_id>/debrief")
@allowed(Permission.EDIT_PROFILES)
def ask_debrief(profile_id: uuid.UUID) -> Response:
    account_id = current_account_id()
    profile = Profile.find(account_id, profile_id)
    address = url_for(".profile", profile_id=profile_id, _anchor="debrief")
    if not would_change(Result.newest(account_id, profile_id), Debrief.newest(account_id, profile_id)):
        flash(_("This debrief is of the newest results already. A new one would say the same."))
        return redirect(address)
    try:
        DebriefRequest.ask(profile, by=current_member().id)
    except NotAllowed as problem:
        db.session.rollback()
        flash(problem.message, "danger")
    else:
        db.session.commit()
        flash(_("A new debrief is being written."), "good")
    return redirect(address)


def would_change(results: Mapping[str, Result], newest: Debrief | None) -> bool:
    """Whether a new debrief could say anything new: without a model, equal scores give the same text."""
    return not newest or (bool(results) and (not newest.is_of(results) or model_for_account() is not None))


def model_for_account() -> Recipient | None:
    """The model that writes the debriefs of the current account, if there is one."""
    recipient: Recipient | None = current_app.config["PROFILE"].debrief_recipient
    return recipient if recipient and current_member().account.allows_scores_to(recipient.host) else None


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
        printed_at=now(),
    )
