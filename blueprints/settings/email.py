"""Change the sign-in address: requested here, and confirmed by a link sent to the new address."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from config import current_settings
from models.database import db
from models.errors import Invalid
from models.identity import EmailChange


class EmailForm(Form):
    email = EmailField(lazy_gettext("New e-mail"), [InputRequired(lazy_gettext("Enter the new address."))])


@bp.route("/sign-in/email", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def email() -> Answer:
    config = current_settings()
    if config.mail_server is None:
        return render_template("settings/email_without_mail.html", support=config.support_email)
    form = EmailForm()

    def save() -> Saved:
        change = EmailChange.ask(g.login_session.user, form.email.data or "")
        said = _("A link was sent to %(email)s. Your address changes when you open it.", email=change.email)
        return Saved(said, url_for(".sign_in"))

    return handle_form(form, lambda: render_template("settings/email.html", form=form), save)


@bp.route("/sign-in/email/<secret>", methods=["GET", "POST"])
@signed_in
def confirm_email(secret: str) -> str | Response | tuple[str, int]:
    person = g.login_session.user
    change = EmailChange.asked_by(person.id, secret)
    if change is None:
        return render_template("settings/email_ended.html"), 404
    if request.method != "POST":
        return render_template("settings/email_confirmation.html", change=change)
    try:
        change.confirm(person, g.login_session.id)
    except Invalid as problem:
        db.session.rollback()
        return render_template("settings/email_ended.html", why=problem.message), 400
    db.session.commit()
    flash(_("You now sign in as %(email)s, and every other browser was signed out.", email=person.email), "good")
    return redirect(url_for(".sign_in"))
