"""The user profile: a person's name."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.forms.base import Form
from blueprints.settings import bp
from models.database import db
from models.errors import Invalid
from models.identity import rename


class PersonForm(Form):
    name = StringField("Your name", [InputRequired("Enter your name.")])


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
