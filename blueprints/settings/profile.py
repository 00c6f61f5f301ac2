"""The user profile: a person's name."""

from __future__ import annotations

from flask import g, render_template, url_for
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from models.identity import rename


class PersonForm(EditForm):
    name = StringField("Your name", [InputRequired("Enter your name.")])


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Answer:
    person = hold_still(g.login_session.user)
    form = PersonForm(obj=person)

    def save() -> Saved:
        rename(person, form.name.data or "")
        return Saved("Your name was saved.", url_for(".profile"))

    return handle_edit(form, lambda: render_template("settings/profile.html", form=form), save)
