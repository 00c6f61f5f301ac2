"""Pause and resume a connection: by its member, or by an Owner of its account."""

from __future__ import annotations

from uuid import UUID

from flask import flash
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.connections import bp
from blueprints.connections.lookup import back_to, find_visible, find_visible_to_loosen, is_own, viewer_of
from models.connections import lifecycle as lifecycle
from models.database import db


@bp.post("/<uuid:connection_id>/pause")
@signed_in
def pause(connection_id: UUID) -> Response:
    connection = find_visible(connection_id)
    lifecycle.pause(connection, viewer_of(connection))
    app = connection.app_name
    if is_own(connection):
        said = _("%(app)s is paused. It stays connected, but has no access until you resume it.", app=app)
    else:
        said = _("%(app)s is paused. It stays connected, but has no access until an Owner resumes it.", app=app)
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


@bp.post("/<uuid:connection_id>/resumption")
@signed_in
@recently_authenticated
def resume(connection_id: UUID) -> Response:
    connection = find_visible_to_loosen(connection_id)
    lifecycle.resume(connection, viewer_of(connection))
    said = _("%(app)s was resumed.", app=connection.app_name)
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)
