"""/device: a person enters the code that a device shows, and is asked as for any app. A GET with a code never grants."""

from __future__ import annotations

from flask import g, make_response, render_template, request
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_member
from blueprints.forms.base import Form
from blueprints.oauth import bp
from blueprints.oauth.authorize import (
    NOT_A_MEMBER,
    Page,
    answer_device,
    member_for,
    nothing_left_to_ask,
    record_refused_for_good,
    show,
)
from blueprints.web import errors
from models.database.base import db
from models.errors import Invalid
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DeviceAuthorization, read_user_code
from models.oauth.device_code_attempts import WINDOW, CodeTry
from models.permissions import Permission

UNKNOWN = "No device is waiting with this code. Compare the letters; after ten minutes a device shows a new code."
TOO_MANY = "Too many wrong codes. Wait ten minutes, then enter the code that your device shows then."


class CodeForm(Form):
    user_code = StringField(
        "Code",
        [InputRequired("Enter the code that your device shows.")],
        description="Eight letters, such as WDJB-MJHT. Capitals and the dash do not matter.",
    )


@bp.get("/device")
@allowed(Permission.CONNECT_APPS)
def device() -> str:
    return render_template("oauth/device.html", form=CodeForm(user_code=request.args.get("user_code", "")[:20]))


@bp.post("/device")
@allowed(Permission.CONNECT_APPS)
def enter_code() -> Page:
    """Look for the device and put its question; whoever guesses is stopped, even before a right guess."""
    form = CodeForm()
    try:
        if form.validate():
            return put_question(read_user_code(form.user_code.data or ""))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
        if isinstance(problem, TooManyTries):
            return later(form)
    return render_template("oauth/device.html", form=form), 400


class TooManyTries(Invalid):
    """So many wrong codes that no other is looked at for a while."""


def later(form: CodeForm) -> Page:
    response = make_response(render_template("oauth/device.html", form=form), 429)
    response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response


def put_question(code: str) -> Page:
    session_id, user_id = g.login_session.id, current_user.id
    if not CodeTry.one_more(session_id, user_id):
        raise TooManyTries("user_code", TOO_MANY)
    asking = DeviceAuthorization.by_user_code(code)
    if asking is None:
        CodeTry.note(session_id, user_id)
        db.session.commit()
        raise Invalid("user_code", UNKNOWN)
    return ask_person(asking)


def ask_person(asking: DeviceAuthorization) -> Page:
    """The same question as for any app, frozen and bound to this browser and person."""
    member = member_for(asking.client, current_member().account_id)
    if member is None:
        return errors.page(403, *NOT_A_MEMBER)
    if nothing_left_to_ask(asking.client, member, asking.scope):
        record_refused_for_good(asking.client.name, member, asking.scope)
        return answer_device(asking, None)
    consent, secret = ConsentRequest.freeze(
        session_id=g.login_session.id,
        user_id=current_user.id,
        client_id=asking.client_id,
        device_id=asking.id,
        redirect_uri="",
        redirect_uri_given=False,
        scope=asking.scope,
        state=None,
        resource=asking.resource,
        code_challenge="",
    )
    db.session.commit()
    return show(consent, secret, member)
