"""Change the password."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.settings import bp
from models.database import db
from models.errors import Invalid
from models.identity import change_password


class PasswordForm(Form):
    present = PasswordField("Current password", [InputRequired("Enter your current password.")])
    wanted = PasswordField("New password", [InputRequired("Choose a new password.")])
    again = PasswordField(
        "Repeat new password",
        [InputRequired("Enter the new password again."), EqualTo("wanted", "The new passwords do not match.")],
    )


@bp.route("/sign-in/password", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def password() -> str | Response | tuple[str, int]:
    form = PasswordForm()
    if request.method != "POST":
        return page(form)
    try:
        if form.validate():
            if changed(form):
                return redirect(url_for(".sign_in"))
            form.refuse(Invalid("present", "Your current password is incorrect."))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return page(form), 400


def changed(form: PasswordForm) -> bool:
    current = g.login_session
    done = change_password(current.user, form.present.data or "", form.wanted.data or "", this_session=current.id)
    # A refusal is recorded too, so commit it.
    db.session.commit()
    if done:
        flash("Your password was changed, and every other browser was signed out.", "good")
    return done


def page(form: PasswordForm) -> str:
    return render_template("settings/password.html", form=form, shortest=g.login_session.user.shortest_password)
