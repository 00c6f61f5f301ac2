"""Removal requests: a member who may delete profiles accepts or declines them."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.profiles import bp
from models.assessments import RemovalRequest
from models.database import db
from models.permissions import Permission


@bp.get("/profiles/removals")
@allowed(Permission.EDIT_PROFILES)
def removals() -> str:
    return render_template("profiles/removals.html", wishes=RemovalRequest.open_in(current_account_id()))


@bp.route("/profiles/removals/<uuid:removal_id>/refusal", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def decline_removal(removal_id: uuid.UUID) -> str | Response:
    wish = RemovalRequest.find(current_account_id(), removal_id)
    if request.method != "POST":
        return render_template("profiles/removal_refusal.html", wish=wish)
    wish.decline(current_member())
    db.session.commit()
    flash(f"The removal request of {wish.profile.name} was declined. The profile was not changed.", "good")
    return redirect(url_for(".removals"))
