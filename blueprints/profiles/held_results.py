"""Pending results: they came by a shared link, for a profile that already exists."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id
from blueprints.profiles import bp
from models.assessments import Sitting, discard, keep
from models.database import db
from models.errors import NotFound
from models.permissions import Permission
from models.profiles import Profile, Result


@bp.get("/profiles/held")
@allowed(Permission.EDIT_PROFILES)
def held() -> str:
    waiting = Sitting.held_in(current_account_id())
    return render_template("profiles/held.html", waiting=[(sitting, profile_of(sitting)) for sitting in waiting])


@bp.get("/profiles/held/<uuid:sitting_id>")
@allowed(Permission.EDIT_PROFILES)
def held_results(sitting_id: uuid.UUID) -> str:
    """The pending results beside the profile's current ones: the page to decide on."""
    sitting = find_pending(sitting_id)
    profile = profile_of(sitting)
    return render_template(
        "profiles/held_results.html",
        sitting=sitting,
        profile=profile,
        present=Result.newest(sitting.account_id, profile.id),
        link=sitting.shared_link,
    )


@bp.post("/profiles/held/<uuid:sitting_id>/acceptance")
@allowed(Permission.EDIT_PROFILES)
def accept_held(sitting_id: uuid.UUID) -> Response:
    sitting = find_pending(sitting_id)
    profile = profile_of(sitting)
    keep(sitting)
    db.session.commit()
    flash(_("The new results of %(name)s are now the current ones.", name=profile.name), "good")
    return redirect(url_for(".profile", profile_id=profile.id))


@bp.post("/profiles/held/<uuid:sitting_id>/rejection")
@allowed(Permission.EDIT_PROFILES)
def reject_held(sitting_id: uuid.UUID) -> Response:
    sitting = find_pending(sitting_id)
    profile = profile_of(sitting)
    discard(sitting)
    db.session.commit()
    flash(_("The results were discarded. The profile of %(name)s was not changed.", name=profile.name), "good")
    return redirect(url_for(".held"))


def find_pending(sitting_id: uuid.UUID) -> Sitting:
    sitting = Sitting.find(current_account_id(), sitting_id)
    if sitting.state != "held":
        raise NotFound(_("There is nothing left to review here."))
    return sitting


def profile_of(sitting: Sitting) -> Profile:
    return Profile.find(sitting.account_id, sitting.profile_id or uuid.UUID(int=0))
