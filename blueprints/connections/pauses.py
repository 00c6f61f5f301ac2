"""Pausing a connection and letting it go on: by its member, or by an Owner of its account."""

from __future__ import annotations

from uuid import UUID

from flask import flash
from werkzeug.wrappers import Response

from blueprints.connections import bp
from blueprints.connections.connection import seen
from blueprints.connections.scopes import back_to
from blueprints.site.access import signed_in
from models.base import db


@bp.post("/<uuid:connection_id>/pause")
@signed_in
def pause(connection_id: UUID) -> Response:
    connection = seen(connection_id)
    connection.pause()
    said = f"{connection.client.name} is paused: it stays connected and can do nothing until you let it go on."
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


@bp.post("/<uuid:connection_id>/resumption")
@signed_in
def resume(connection_id: UUID) -> Response:
    connection = seen(connection_id)
    connection.resume()
    said = f"{connection.client.name} goes on."
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)
