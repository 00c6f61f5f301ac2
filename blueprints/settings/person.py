"""The user profile: what a person is called, and how they sign in."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from blueprints.settings import bp
from blueprints.site.access import signed_in
from blueprints.site.forms import Form
from models.base import db
from models.errors import Invalid
from models.passwords import SHORTEST
from models.person import change_password, rename


class PersonForm(Form):
    name = StringField("Your name", [InputRequired("Enter your name.")])


class PasswordForm(Form):
    present = PasswordField("Present password", [InputRequired("Enter your present password.")])
    wanted = PasswordField(
        "New password",
        [InputRequired("Choose a new password.")],
        description=f"At least {SHORTEST} characters. A few unrelated words are easy to remember.",
    )
    again = PasswordField(
        "New password, once more",
        [InputRequired("Enter the new password once more."), EqualTo("wanted", "The two new passwords differ.")],
    )


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> str | Response | tuple[str, int]:
    form = PersonForm(obj=g.login_session.user)
    if request.method != "POST":
        return render_template("settings/profile.html", form=form)
    try:
        if form.validate():
            rename(g.login_session.user, form.name.data or "")
            db.session.commit()
            flash("Your name was saved.", "good")
            return redirect(url_for(".profile"))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("settings/profile.html", form=form), 400


@bp.route("/profile/password", methods=["GET", "POST"])
@signed_in
def password() -> str | Response | tuple[str, int]:
    form = PasswordForm()
    if request.method != "POST":
        return render_template("settings/password.html", form=form)
    try:
        if form.validate():
            if changed(form):
                return redirect(url_for(".profile"))
            form.refuse(Invalid("present", "This is not your present password."))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("settings/password.html", form=form), 400


def changed(form: PasswordForm) -> bool:
    current = g.login_session
    done = change_password(current.user, form.present.data or "", form.wanted.data or "", this_session=current.id)
    # A refusal is history too, so it is committed as well.
    db.session.commit()
    if done:
        flash("Your password was changed, and every other browser was signed out.", "good")
    return done
