"""Revoke a connection after a confirmation page; takes effect immediately, in every process and for every device."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.connections import bp
from blueprints.connections.lookup import find_visible, is_own, viewer_of
from models.connections import Connection
from models.connections import lifecycle as lifecycle
from models.database import db, locks


@bp.get("/<uuid:connection_id>/revocation")
@signed_in
def revocation(connection_id: UUID) -> str:
    connection = find_visible(connection_id)
    return render_template(
        "connections/revocation.html", connection=connection, own=is_own(connection), back=list_with(connection)
    )


@bp.post("/<uuid:connection_id>/revocation")
@signed_in
def revoke(connection_id: UUID) -> Response:
    connection = find_visible(connection_id)
    lifecycle.revoke(connection, by=viewer_of(connection))
    account, back = connection.account.name, list_with(connection)
    said = _("%(app)s no longer has access to %(account)s.", app=connection.app_name, account=account)
    db.session.commit()
    flash(said, "good")
    return redirect(back)


def list_with(connection: Connection) -> str:
    """The list to return to: the viewer's own apps, or an Owner's list of all connections."""
    return url_for("connections.connections" if is_own(connection) else "connections.everyone")


@bp.route("/endings", methods=["GET", "POST"])
@signed_in
def revoke_all() -> str | Response:
    """End all connections of the person, in all their accounts, in one step."""
    live = [connection for connection in Connection.of_user(current_user.id) if connection.active]
    if request.method != "POST":
        return render_template("connections/revocations.html", live=live)
    # All locks first, so that two parallel requests never deadlock.
    locks.take_all(connection.account_id for connection in live)
    for connection in live:
        lifecycle.revoke(connection, by=connection.member)
    db.session.commit()
    flash(_("All your apps were revoked.") if live else _("You had no connected apps."), "good")
    return redirect(url_for("connections.connections"))
