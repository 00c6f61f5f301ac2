"""The person's own passkeys: add, rename and remove them."""

from __future__ import annotations

import uuid

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from blueprints.auth import webauthn
from blueprints.auth.access_control import safe_next, signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.settings import bp
from blueprints.settings.recovery import done
from models.database import db
from models.errors import Invalid
from models.identity import BadAnswer, Passkey, add_passkey, browser_in_words, remove_passkey, rename_passkey
from models.identity.webauthn_challenge import ADD
from models.request_scope import current_scope

NOT_MADE = lazy_gettext("This passkey could not be saved. Try again, or use another device.")


class PasskeyForm(EditForm):
    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Enter a name."))],
        description=lazy_gettext("A name you will recognize, such as the device that stores the passkey."),
    )
    next = HiddenField()


@bp.route("/sign-in/passkeys", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def passkeys() -> Answer:
    named, asked_for = browser_in_words(current_scope().actor.user_agent), safe_next(request.args.get("next"))
    form, person = PasskeyForm(name=named, next=asked_for), g.login_session.user

    def save() -> Saved | Answer:
        try:
            made = webauthn.this_party().made(*webauthn.answered(ADD, person.id))
            codes = add_passkey(person, form.name.data or "", made, g.login_session.id)
        except BadAnswer:
            raise Invalid("passkey", str(NOT_MADE)) from None
        return done(_("The passkey was added."), codes, form.next.data)

    return handle_form(form, lambda: page(form), save)


def page(form: PasskeyForm) -> str:
    return render_template("settings/passkey_new.html", form=form, possible=webauthn.party() is not None)


@bp.post("/sign-in/passkeys/challenge")
@signed_in
@recently_authenticated
def passkey_challenge() -> Response:
    """The options that a script passes to the browser's passkey dialog."""
    person = g.login_session.user
    options = webauthn.this_party().options_to_add(person, webauthn.begin(ADD, person.id))
    db.session.commit()
    return jsonify(options)


@bp.route("/sign-in/passkeys/<uuid:passkey_id>", methods=["GET", "POST"])
@signed_in
def passkey(passkey_id: uuid.UUID) -> Answer:
    found = hold_still(Passkey.find(g.login_session.user_id, passkey_id))
    form = PasskeyForm(name=found.name)

    def save() -> Saved:
        rename_passkey(found, form.name.data or "")
        return Saved(_("The passkey was renamed."), url_for(".sign_in"))

    return handle_edit(form, lambda: render_template("settings/passkey.html", form=form, passkey=found), save)


@bp.route("/sign-in/passkeys/<uuid:passkey_id>/removal", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def passkey_removal(passkey_id: uuid.UUID) -> str | Response:
    found = Passkey.find(g.login_session.user_id, passkey_id)
    if request.method != "POST":
        return render_template("settings/passkey_removal.html", passkey=found)
    remove_passkey(g.login_session.user, found, g.login_session.id)
    db.session.commit()
    flash(_("The passkey was removed, and every other browser was signed out."), "good")
    return redirect(url_for(".sign_in"))
