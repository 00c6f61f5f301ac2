"""Resource aliases: the names by which other systems know the profiles of an account."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.pagination import page_number, pages, searched
from blueprints.forms.undo import commit_and_say
from blueprints.settings import bp
from models.audit import Names
from models.errors import Invalid
from models.permissions import Permission
from models.profiles import Alias, Profile, alias_page

ROWS = 50


class AliasForm(EditForm):
    consumer_key = StringField(
        lazy_gettext("Consumer key"),
        [InputRequired(lazy_gettext("Enter the consumer key."))],
        description=lazy_gettext("The id that your other system uses. Case-sensitive."),
    )


class NewAliasForm(AliasForm):
    email = EmailField(
        lazy_gettext("E-mail of the profile"), [InputRequired(lazy_gettext("Enter the e-mail address of a profile."))]
    )


@bp.get("/aliases")
@allowed(Permission.SEE_ACCOUNT)
def aliases() -> str:
    search, number = searched(), page_number()
    page = alias_page(current_account_id(), search=search, limit=ROWS, page=number)
    names = Names.of(current_account_id(), {("profile", line.resource_id) for line in page.rows})
    return render_template(
        "settings/aliases.html",
        page=page,
        names=names,
        search=search,
        number=number,
        last=pages(page.total, ROWS),
        may_manage=current_member().may(Permission.MANAGE_ALIASES),
    )


@bp.route("/aliases/new", methods=["GET", "POST"])
@allowed(Permission.MANAGE_ALIASES)
def new_alias() -> Answer:
    form = NewAliasForm()

    def save() -> Saved:
        profile = Profile.by_email(current_account_id(), form.email.data or "")
        if profile is None:
            raise Invalid("email", _("No profile in this account has this e-mail address."))
        alias, new = Alias.create(current_account_id(), "profile", profile.id, form.consumer_key.data or "")
        names = {"key": alias.consumer_key, "name": profile.name}
        now = _("%(key)s now points to %(name)s.", **names)
        return Saved(now if new else _("%(key)s already points to %(name)s.", **names), url_for(".aliases"))

    return handle_form(form, lambda: render_template("settings/alias_new.html", form=form), save)


@bp.route("/aliases/<uuid:alias_id>/edit", methods=["GET", "POST"])
@allowed(Permission.MANAGE_ALIASES)
def edit_alias(alias_id: uuid.UUID) -> Answer:
    alias = hold_still(Alias.find(current_account_id(), alias_id))
    form, profile = AliasForm(obj=alias), Profile.find(alias.account_id, alias.resource_id)

    def save() -> Saved:
        alias.rename(form.consumer_key.data or "")
        return Saved(_("The alias is now %(key)s.", key=alias.consumer_key), url_for(".aliases"))

    def show() -> str:
        return render_template("settings/alias_edit.html", form=form, alias=alias, profile=profile)

    return handle_edit(form, show, save)


@bp.route("/aliases/<uuid:alias_id>/deletion", methods=["GET", "POST"])
@allowed(Permission.MANAGE_ALIASES)
def delete_alias(alias_id: uuid.UUID) -> str | Response:
    alias = Alias.find(current_account_id(), alias_id)
    if request.method != "POST":
        profile = Profile.find(alias.account_id, alias.resource_id)
        return render_template("settings/alias_deletion.html", alias=alias, profile=profile)
    said = _("The alias %(key)s was deleted.", key=alias.consumer_key)
    alias.delete()
    commit_and_say(said)
    return redirect(url_for(".aliases"))
