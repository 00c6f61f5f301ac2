"""Undo a permanent denial, so that an app may ask again."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.auth.access_control import safe_next, signed_in
from blueprints.connections import bp
from models.connections import DeniedScope
from models.database import db


@bp.post("/refusals/<uuid:refusal_id>/reconsideration")
@signed_in
def reconsider(refusal_id: UUID) -> Response:
    refusal = DeniedScope.find_for(current_user.id, refusal_id)
    if refusal.member.lacks_second_factor:
        return redirect(url_for("settings.sign_in", next=url_for("connections.connections")))
    refusal.lift()
    said = _("%(app)s can ask you again.", app=refusal.app_name)
    db.session.commit()
    flash(said, "good")
    return redirect(safe_next(request.form.get("next")) or url_for("connections.connections"))
