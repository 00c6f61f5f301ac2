"""Leave an account."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.settings import bp
from models.connections import Connection
from models.database import db
from models.permissions import Permission


@bp.route("/account/leaving", methods=["GET", "POST"])
@allowed(Permission.SEE_ACCOUNT)
def leave() -> str | Response:
    member = current_member()
    if request.method != "POST":
        return render_template("settings/leaving.html", member=member, apps=Connection.live_of(member))
    name = member.account.name
    member.leave()
    db.session.commit()
    flash(_("You have left %(name)s.", name=name), "good")
    return redirect(url_for("web.home"))
