"""Limiting a connection besides its scopes: what it may touch, how often, and until when."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template
from werkzeug.wrappers import Response

from blueprints.connections import bp
from blueprints.connections.finding import back_to, own_to_loosen
from blueprints.site.access import signed_in
from blueprints.site.limits import LimitsForm, last_day
from blueprints.site.recent import ask_for_proof_of_form, entered_before, just_proven
from models.base import db
from models.errors import Invalid
from models.loosening import loosens
from models.tenancy import in_account


@bp.route("/<uuid:connection_id>/limits", methods=["GET", "POST"])
@signed_in
def limits(connection_id: UUID) -> str | Response | tuple[str, int]:
    connection = own_to_loosen(connection_id)
    connection.must_be_active()
    ends_on = last_day(connection.ends_at)
    given = {"formdata": entered} if (entered := entered_before()) else {}
    form = LimitsForm.within(
        connection.account_id, connection.only_tags or (), obj=connection, data={"ends_on": ends_on}, **given
    )
    if not form.is_submitted():
        return render_template("connections/limits.html", form=form, connection=connection)
    with in_account(connection.account_id):
        try:
            if form.validate():
                # To hold an app back must always be easy; to let it do more is for its member, and not for whoever finds their screen.
                if loosens(connection, form.wanted()) and not just_proven():
                    return ask_for_proof_of_form()
                connection.limit(**form.wanted())
                db.session.commit()
                flash(f"The limits of {connection.client.name} hold from its next request on.", "good")
                return back_to(connection_id)
        except Invalid as problem:
            db.session.rollback()
            form.refuse(problem)
    return render_template("connections/limits.html", form=form, connection=connection), 400
