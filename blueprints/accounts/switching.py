"""Switch between the accounts that a person belongs to."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from blueprints.accounts import bp
from blueprints.auth.access_control import safe_next, signed_in
from models.accounts import Member
from models.database import db


@bp.post("/accounts/current")
@signed_in
def switch() -> Response:
    member = Member.of(current_user.id, chosen_account())
    if member is None:
        raise NotFound
    g.login_session.account_id = member.account_id
    flash(_("You are now using %(account)s.", account=member.account.name))
    db.session.commit()
    return redirect(safe_next(request.form.get("next")) or url_for("web.home"))


def chosen_account() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("account", ""))
    except ValueError:
        raise NotFound from None
