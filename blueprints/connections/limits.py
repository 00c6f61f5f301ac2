"""Limiting a connection besides its scopes: what it may touch, how often, and until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import flash, render_template
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.connections import bp
from blueprints.connections.scopes import back_to
from blueprints.site.access import signed_in
from blueprints.site.forms import Form
from models.base import db
from models.connection import Connection
from models.errors import Invalid
from models.tag import Tag
from models.tenancy import in_account


class Tags(SelectMultipleField):
    """Some of an account's tags, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LimitsForm(Form):
    read_only = BooleanField(
        "Only read", description="It can look at what its scopes open, and change or send nothing."
    )
    hide_contact = BooleanField(
        "Hide e-mail addresses and phone numbers", description="They are left out of every answer."
    )
    only_tags = Tags("Only profiles with one of these tags", description="With none ticked, it sees all profiles.")
    daily_calls = IntegerField("Most calls a day", [Optional()], description="Empty for no limit of your own.")
    ends_on = DateField(
        "Ends after", [Optional()], description="The last day (UTC) on which it works. Empty for no end."
    )

    def wanted(self) -> dict[str, Any]:
        """The limits as models take them."""
        return {
            "read_only": self.read_only.data, "hide_contact": self.hide_contact.data, "only_tags": self.only_tags.data or None,
            "daily_calls": self.daily_calls.data, "ends_at": end_of(self.ends_on.data),
        }  # fmt: skip

    def refuse(self, problem: Invalid) -> None:
        super().refuse(Invalid("ends_on", problem.message) if problem.field == "ends_at" else problem)


def end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)


def last_day(ends_at: datetime | None) -> date | None:
    return None if ends_at is None else (ends_at - timedelta(days=1)).date()


@bp.route("/<uuid:connection_id>/limits", methods=["GET", "POST"])
@signed_in
def limits(connection_id: UUID) -> str | Response | tuple[str, int]:
    connection = Connection.find_for(current_user.id, connection_id)
    form = LimitsForm(obj=connection, data={"ends_on": last_day(connection.ends_at)})
    with in_account(connection.account_id):
        form.only_tags.choices = {str(tag.id): tag.label for tag in Tag.all_in(connection.account_id)}
        if not form.is_submitted():
            return render_template("connections/limits.html", form=form, connection=connection)
        try:
            if form.validate():
                connection.limit(**form.wanted())
                db.session.commit()
                flash(f"The limits of {connection.client.name} hold from its next request on.", "good")
                return back_to(connection_id)
        except Invalid as problem:
            db.session.rollback()
            form.refuse(problem)
    return render_template("connections/limits.html", form=form, connection=connection), 400
