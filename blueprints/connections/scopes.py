"""Taking a scope from a connection, and giving one back that its app once asked for: in place, from the next request on."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.connections import bp
from blueprints.site.access import signed_in
from blueprints.site.recent import recently_authenticated
from models.base import db
from models.connection import Connection
from models.errors import Invalid
from models.restoration import restore
from models.scopes import SCOPES


@bp.post("/<uuid:connection_id>/narrowing")
@signed_in
def narrow(connection_id: UUID) -> Response:
    connection, scope = Connection.find_for(current_user.id, connection_id), given_scope()
    connection.narrow(scope)
    said = f"{connection.client.name} no longer has {scope}. Its next request is held to that."
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


@bp.post("/<uuid:connection_id>/restoration")
@signed_in
@recently_authenticated
def give_back(connection_id: UUID) -> Response:
    connection, scope = Connection.find_for(current_user.id, connection_id), given_scope()
    restore(connection, scope)
    said = f"{connection.client.name} has {scope} again."
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


def given_scope() -> str:
    scope = request.form.get("scope", "")
    if scope not in SCOPES:
        raise Invalid("scope", "There is no such scope. Go back and choose one of those on the page.")
    return scope


def back_to(connection_id: UUID) -> Response:
    return redirect(url_for("connections.connection", connection_id=connection_id))
