"""Mark the alarms about a connection as seen."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import safe_next, signed_in
from blueprints.connections import bp
from blueprints.connections.lookup import find_own
from blueprints.forms.alarms import alarm_sentence, response_sentence
from models.alarms import Alarm
from models.database import db

bp.app_template_filter("alarm_sentence")(alarm_sentence)
bp.app_template_filter("response_sentence")(response_sentence)


@bp.post("/<uuid:connection_id>/alarms/seen")
@signed_in
def see_alarms(connection_id: UUID) -> Response:
    connection = find_own(connection_id)
    Alarm.see(connection)
    said = _("The alarms about %(app)s are no longer shown. The audit log keeps them.", app=connection.app_name)
    db.session.commit()
    flash(said, "good")
    back = safe_next(request.form.get("next")) or url_for(".connection", connection_id=connection_id)
    return redirect(back)
