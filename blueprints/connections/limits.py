"""Limit a connection beyond its scopes: what it may access, how often, and until when."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import ask_for_proof_of_form, entered, just_proven, sometimes_needs_proof
from blueprints.connections import bp
from blueprints.connections.lookup import find_own_to_loosen
from blueprints.connections.rehearsal import Tried, try_limits, trying
from blueprints.forms.alarms import OwnAlarms
from blueprints.forms.connection_limits import LimitsForm, last_day_here
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from models.connections import limit, loosens
from models.database import in_account


class LimitsAndAlarms(OwnAlarms, LimitsForm):
    """The limits of a connection, and what happens at each tripwire."""


@bp.route("/<uuid:connection_id>/limits", methods=["GET", "POST"])
@signed_in
@sometimes_needs_proof
def limits(connection_id: UUID) -> Answer:
    tries = trying()
    connection = find_own_to_loosen(connection_id)
    connection.must_be_active()
    if request.method == "POST" and not tries:
        # Locked until the save, because the form is compared with it.
        connection.lock()
    given, kept, last = entered(), connection.only_tags or (), {"ends_on": last_day_here(connection.ends_at)}
    shown = last | LimitsAndAlarms.shown(connection.tripwires)
    form = LimitsAndAlarms.within(connection.account_id, kept, formdata=given, obj=connection, data=shown)

    def save() -> Saved | Answer:
        # Stricter limits must always be easy. Looser ones are for its member, not for a stranger at an unlocked screen.
        wanted = form.wanted(connection.ends_at) | {"tripwires": form.chosen(connection.tripwires)}
        if loosens(connection, wanted) and not just_proven():
            return ask_for_proof_of_form()
        limit(connection, **wanted)
        said = _("Limits saved. They apply to %(app)s from its next request.", app=connection.app_name)
        return Saved(said, url_for(".connection", connection_id=connection_id))

    def show(tried: Tried | None = None) -> str:
        return render_template("connections/limits.html", form=form, connection=connection, unsaved=given, tried=tried)

    with in_account(connection.account_id):
        if tries:
            return handle_form(form, show, lambda: show(try_limits(connection, form.wanted(connection.ends_at))))
        return handle_edit(form, show, save)
