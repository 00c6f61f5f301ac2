"""The list of a person's connected apps, in every account they belong to."""

from __future__ import annotations

from flask import current_app, render_template
from flask_login import current_user

from blueprints.connections import bp
from blueprints.site.access import signed_in
from models.connection import Connection
from models.redirects import is_loopback, redirect_host
from models.refusal import Refusal


@bp.get("")
@signed_in
def connections() -> str:
    """Every connection that this person made: the live ones, and below them, as history, those that were revoked."""
    known = Connection.of_user(current_user.id)
    return render_template(
        "connections/connections.html",
        live=[connection for connection in known if connection.active],
        lasting=Refusal.lasting_of(current_user.id),
        ended=[connection for connection in known if not connection.active],
        place=place,
        mcp_url=current_app.config["PROFILE"].mcp_url,
    )


def place(redirect_uri: str) -> str:
    """Where an installation lives, as far as its redirect address tells."""
    if not redirect_uri:
        return "a device that showed a code"
    return "a program on a computer" if is_loopback(redirect_uri) else redirect_host(redirect_uri)
