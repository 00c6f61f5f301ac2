"""Revoking a connection: asked on a page of its own, then done at once, for every worker and every installation."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.connections import bp
from blueprints.site.access import signed_in
from models.base import db
from models.connection import Connection


@bp.get("/<uuid:connection_id>/revocation")
@signed_in
def revocation(connection_id: UUID) -> str:
    return render_template(
        "connections/revocation.html", connection=Connection.find_for(current_user.id, connection_id)
    )


@bp.post("/<uuid:connection_id>/revocation")
@signed_in
def revoke(connection_id: UUID) -> Response:
    connection = Connection.find_for(current_user.id, connection_id)
    connection.revoke(by=connection.member)
    said = f"{connection.client.name} can no longer use {connection.account.name}."
    db.session.commit()
    flash(said, "good")
    return redirect(url_for("connections.connections"))
