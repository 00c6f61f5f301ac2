"""Limit a connection beyond its scopes: what it may access, how often, and until when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import ask_for_proof_of_form, entered_before, just_proven
from blueprints.connections import bp
from blueprints.connections.lookup import back_to, find_own_to_loosen
from blueprints.forms.connection_limits import LimitsForm, last_day
from blueprints.forms.edit_conflict import OPENED, EditConflict, opened_with
from models.connections import Connection, limit, loosens
from models.database import db, in_account
from models.errors import Invalid


@bp.route("/<uuid:connection_id>/limits", methods=["GET", "POST"])
@signed_in
def limits(connection_id: UUID) -> str | Response | tuple[str, int]:
    connection = find_own_to_loosen(connection_id)
    connection.must_be_active()
    if request.method != "POST":
        entered = entered_before()
        opened = opened_with(form_of(connection)) if entered is None else entered.get(OPENED, "")
        return show(connection, form_of(connection, entered), opened, unsaved=entered is not None)
    # Locked until the save, because the form is compared with it below.
    connection.lock()
    form = form_of(connection, request.form)
    with in_account(connection.account_id):
        try:
            if form.validate():
                return save(connection, form)
        except Invalid as problem:
            db.session.rollback()
            form.refuse(problem)
    return show(connection, form, request.form.get(OPENED, "")), 400


def save(connection: Connection, form: LimitsForm) -> Response | tuple[str, int]:
    conflict = EditConflict.of(present := form_of(connection))
    if conflict.changed:
        form = form_of(connection, conflict.merged)
        conflict.tell(form)
        return show(connection, form, opened_with(present)), 409
    # Stricter limits must always be easy. Looser ones are for its member, not for a stranger at an unlocked screen.
    if loosens(connection, form.wanted()) and not just_proven():
        return ask_for_proof_of_form()
    limit(connection, **form.wanted())
    said = f"Limits saved. They apply to {connection.client.name} from its next request."
    back = back_to(connection.id)
    db.session.commit()
    flash(said, "good")
    return back


def form_of(connection: Connection, formdata: Any = None) -> LimitsForm:
    """The form with the current values or, if given, with the entered ones."""
    ends_on = last_day(connection.ends_at)
    return LimitsForm.within(
        connection.account_id, connection.only_tags or (), formdata=formdata, obj=connection, data={"ends_on": ends_on}
    )


def show(connection: Connection, form: LimitsForm, opened: str, unsaved: bool = False) -> str:
    return render_template(
        "connections/limits.html", form=form, connection=connection, opened_with=opened, unsaved=unsaved
    )
