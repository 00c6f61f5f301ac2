"""Remove a scope from a connection, or restore one that its app once asked for; applies from the next request."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.connections import bp
from blueprints.connections.lookup import back_to, find_own, find_own_to_loosen
from models.connections import lifecycle as lifecycle
from models.database import db
from models.errors import Invalid
from models.scopes import SCOPES


@bp.post("/<uuid:connection_id>/narrowing")
@signed_in
def narrow(connection_id: UUID) -> Response:
    connection, scope = find_own(connection_id), given_scope()
    lifecycle.narrow(connection, scope)
    app = connection.app_name
    said = _("%(scope)s was removed from %(app)s. This applies from its next request.", scope=scope, app=app)
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


@bp.post("/<uuid:connection_id>/restoration")
@signed_in
@recently_authenticated
def give_back(connection_id: UUID) -> Response:
    connection, scope = find_own_to_loosen(connection_id), given_scope()
    lifecycle.restore(connection, scope)
    said = _("%(scope)s was restored for %(app)s.", scope=scope, app=connection.app_name)
    db.session.commit()
    flash(said, "good")
    return back_to(connection_id)


def given_scope() -> str:
    scope = request.form.get("scope", "")
    if scope not in SCOPES:
        raise Invalid("scope", _("This scope does not exist. Go back and choose one from the page."))
    return scope
