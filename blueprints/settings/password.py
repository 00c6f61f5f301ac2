"""Change the password."""

from __future__ import annotations

from flask import g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import end_session, recently_authenticated
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from blueprints.web.errors import too_many_requests
from models.database import db
from models.errors import Invalid
from models.identity import TooManyTries, change_password, last_try_failed


class PasswordForm(Form):
    present = PasswordField(
        lazy_gettext("Current password"), [InputRequired(lazy_gettext("Enter your current password."))]
    )
    wanted = PasswordField(lazy_gettext("New password"), [InputRequired(lazy_gettext("Choose a new password."))])
    again = PasswordField(
        lazy_gettext("Repeat new password"),
        [
            InputRequired(lazy_gettext("Enter the new password again.")),
            EqualTo("wanted", lazy_gettext("The new passwords do not match.")),
        ],
    )


@bp.route("/sign-in/password", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def password() -> Answer:
    form, current = PasswordForm(), g.login_session

    def save() -> Saved | Answer:
        if change_password(current.user, form.present.data or "", form.wanted.data or "", this_session=current.id):
            said = _("Your password was changed, and every other browser was signed out.")
            return Saved(said, url_for(".sign_in"))
        if last_try_failed(current.id):
            return end_session(url_for(".password"))
        # A refusal is recorded too, so commit it.
        db.session.commit()
        raise Invalid("present", _("Your current password is incorrect."))

    def show() -> str:
        return render_template("settings/password.html", form=form, shortest=current.user.shortest_password)

    try:
        return handle_form(form, show, save)
    except TooManyTries as problem:
        if last_try_failed(current.id):
            return end_session(url_for(".password"))
        form.refuse(Invalid("present", problem.message))
        return too_many_requests(show(), problem.wait)
