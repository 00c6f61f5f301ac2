"""/device: a person enters the code that a device shows, and sees the consent page. A GET with a code never grants."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, comes_back_by
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, handle_form
from blueprints.oauth import bp
from blueprints.oauth.authorize import ask_for_consent
from blueprints.web.errors import too_many_requests
from models.database import db
from models.errors import Invalid, Problem
from models.oauth import AuthorizationRequest, CodeTry, DeviceAuthorization, read_user_code
from models.oauth.device_code_attempts import WINDOW
from models.permissions import Permission


class CodeForm(Form):
    user_code = StringField(
        lazy_gettext("Code"),
        [InputRequired(lazy_gettext("Enter the code that your device shows."))],
        description=lazy_gettext(
            "Eight letters, such as WDJB-MJHT. You can leave out the dash, and use small letters."
        ),
    )


@bp.get("/device")
@allowed(Permission.CONNECT_APPS)
def device() -> str:
    return render_template("oauth/device.html", form=CodeForm(user_code=request.args.get("user_code", "")[:20]))


@bp.post("/device")
@allowed(Permission.CONNECT_APPS)
@comes_back_by(lambda: url_for("oauth.device", user_code=request.form.get("user_code", "")[:20]))
def enter_code() -> Answer:
    """Find the device and show its request. Guessing is blocked first, even for a correct guess."""
    form = CodeForm()

    def show() -> str:
        return render_template("oauth/device.html", form=form)

    try:
        return handle_form(form, show, lambda: ask_for_device(read_user_code(form.user_code.data or "")))
    except TooManyTries as problem:
        form.refuse(Invalid("user_code", problem.message))
        return too_many_requests(show(), int(WINDOW.total_seconds()))


class TooManyTries(Problem):
    """Too many wrong codes: no other code is checked for a while."""


def ask_for_device(code: str) -> Answer:
    session_id, user_id = g.login_session.id, current_user.id
    if not CodeTry.one_more(session_id, user_id):
        raise TooManyTries(_("Too many incorrect codes. Wait ten minutes, then enter the code that your device shows."))
    asking = DeviceAuthorization.by_user_code(code)
    if asking is None:
        CodeTry.note(session_id, user_id)
        db.session.commit()
        unknown = _(
            "No device is waiting with this code. Check the letters. After ten minutes, a device shows a new code."
        )
        raise Invalid("user_code", unknown)
    return ask_for_consent(AuthorizationRequest(asking.client, asking.scope, asking.resource, device=asking))
