"""Set up an authenticator app, and remove it. Nothing is stored until a code proves that the app works."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import safe_next, signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from blueprints.settings.recovery import done
from config import current_settings
from models.database import db
from models.identity import add_app, address_for_app, key_of, new_seed, remove_app


class AppForm(Form):
    code = StringField(lazy_gettext("Code"), [InputRequired(lazy_gettext("Enter the code that the app shows."))])
    # The QR code's secret, readable by this server only; after a wrong code the page shows the same one again.
    seed = HiddenField()
    next = HiddenField()


@bp.route("/sign-in/app", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def app() -> Answer:
    sent = request.method == "POST"
    form = AppForm() if sent else AppForm(seed=new_seed(), next=safe_next(request.args.get("next")))

    def save() -> Saved | Answer:
        codes = add_app(g.login_session.user, form.seed.data or "", form.code.data or "", g.login_session.id)
        return done(_("Your authenticator app is set up."), codes, form.next.data)

    return handle_form(form, lambda: page(form), save)


def page(form: AppForm) -> str:
    person, seed = g.login_session.user, form.seed.data or ""
    host = current_settings().host
    key = key_of(person.id, seed)
    return render_template(
        "settings/app.html",
        form=form,
        picture=picture(address_for_app(person, seed, f"Profile ({host})")),
        key=" ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        replaces=person.authenticator is not None,
    )


def picture(text: str) -> Markup:
    """A QR code as an inline image."""
    import segno  # rarely needed, so not imported when the server starts

    drawn = segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    # The text cannot break out of the markup: only squares are drawn.
    return Markup(drawn)  # noqa: S704


@bp.route("/sign-in/app/removal", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def app_removal() -> str | Response:
    if request.method != "POST":
        return render_template("settings/app_removal.html")
    remove_app(g.login_session.user, g.login_session.id)
    db.session.commit()
    flash(_("The authenticator app was removed, and every other browser was signed out."), "good")
    return redirect(url_for(".sign_in"))
