"""API clients: apps that an Owner registers for the account. A secret is shown once, on the page that answers."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from models.clients import Client
from models.database import db, new_id
from models.errors import Invalid
from models.oauth import add_client, clients_of, find_client, live_connections, remove, rotate_secret, secret_mark
from models.permissions import Permission


class ClientForm(Form):
    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Enter a name."))],
        description=lazy_gettext("Members see it when the app asks for access."),
    )
    redirect_uris = TextAreaField(
        lazy_gettext("Redirect URIs"),
        description=lazy_gettext("Where the app receives the answer. One URI per line, exactly as the app sends it."),
    )
    device = BooleanField(lazy_gettext("It has no browser. Members enter a code that it shows"))
    confidential = BooleanField(lazy_gettext("It runs on a server and can keep a secret"))
    # A form that is sent twice must not create a second app.
    once = HiddenField()


@bp.get("/clients")
@allowed(Permission.MANAGE_CLIENTS)
def clients() -> str:
    return render_template("settings/clients.html", clients=clients_of(current_account_id()))


@bp.route("/clients/new", methods=["GET", "POST"])
@allowed(Permission.MANAGE_CLIENTS)
@recently_authenticated
def new_client() -> Answer:
    # A submitted value takes precedence over this one.
    form = ClientForm(once=str(new_id()))
    return handle_form(form, lambda: render_template("settings/client_new.html", form=form), lambda: add(form))


def add(form: ClientForm) -> Saved | Answer:
    row = row_of(form)
    if Client.exists(row):
        return added_before()
    try:
        client, secret = add_client(
            form.name.data or "",
            (form.redirect_uris.data or "").split(),
            confidential=form.confidential.data,
            device=form.device.data,
            account_id=current_account_id(),
            row=row,
        )
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return added_before()
    if secret:
        return render_template("settings/client_secret.html", client=client, secret=secret)
    return Saved(_("%(name)s was added. Its client ID is below.", name=client.name), url_for(".clients"))


def row_of(form: ClientForm) -> uuid.UUID:
    try:
        return uuid.UUID(form.once.data or "")
    except ValueError:
        raise Invalid("once", _("This form is incomplete. Reload the page.")) from None


def added_before() -> Response:
    flash(_("This app was already added. Its secret is shown only once. If you lost it, create a new one."))
    return redirect(url_for(".clients"))


@bp.route("/clients/<uuid:client_id>/secret", methods=["GET", "POST"])
@allowed(Permission.MANAGE_CLIENTS)
@recently_authenticated
def rotate_client(client_id: uuid.UUID) -> str | Response:
    client = find_client(current_account_id(), client_id)
    if request.method != "POST":
        return render_template("settings/client_rotation.html", client=client, mark=secret_mark(client))
    secret = rotate_secret(client, request.form.get("mark", ""))
    db.session.commit()
    if secret:
        # Not after a redirect: the secret would have to be stored in between.
        return render_template("settings/client_secret.html", client=client, secret=secret)
    flash(
        _(
            "The secret of %(name)s was already replaced. It is shown only once. If you lost it, create a new one.",
            name=client.name,
        )
    )
    return redirect(url_for(".clients"))


@bp.route("/clients/<uuid:client_id>/removal", methods=["GET", "POST"])
@allowed(Permission.MANAGE_CLIENTS)
def remove_client(client_id: uuid.UUID) -> str | Response:
    client = find_client(current_account_id(), client_id)
    if request.method != "POST":
        connections = live_connections(client)
        return render_template("settings/client_removal.html", client=client, connections=connections)
    remove(client, by=current_member())
    db.session.commit()
    flash(_("%(name)s was removed. It has no access any more.", name=client.name), "good")
    return redirect(url_for(".clients"))
