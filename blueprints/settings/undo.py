"""Taking back what one entry of the audit log tells of."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.forms.undo import answer_plan
from blueprints.settings import bp
from blueprints.web.audit_reading import note_reading
from models.audit import BeforeImage
from models.audit_log import rendered_entry
from models.database import db
from models.errors import NotFound
from models.permissions import Permission
from models.undo import changes_of_entry, erase_permanently


@bp.route("/undo/<uuid:entry_id>", methods=["GET", "POST"])
@allowed(Permission.CONNECT_APPS)
def undo(entry_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """What would become of the change, and doing that. Owners see every change; others what they and their apps did."""
    reader = current_member()
    row = rendered_entry(reader, entry_id)
    deleted = BeforeImage.of_deleted_people(reader.account_id, entry_id)
    answer = answer_plan(
        changes_of_entry(row.entry),
        reader,
        url_for(".audit_entry", entry_id=entry_id),
        lambda **shown: render_template(
            "settings/undo.html",
            row=row,
            erasable=bool(deleted) and reader.may(Permission.EDIT_PROFILES),
            **shown,
        ),
    )
    note_reading(reader, [row.entry.member_id])
    return answer


@bp.route("/undo/<uuid:entry_id>/erasure", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def erase(entry_id: uuid.UUID) -> str | Response:
    """Delete permanently what is kept of a deleted profile."""
    row = rendered_entry(current_member(), entry_id)
    if request.method != "POST":
        return render_template("settings/undo_erasure.html", row=row)
    if not erase_permanently(row.entry):
        raise NotFound(_("Nothing of this profile is kept any more."))
    db.session.commit()
    flash(_("Nothing of this profile is left. Nobody can bring it back."), "good")
    return redirect(url_for(".audit_entry", entry_id=entry_id))
