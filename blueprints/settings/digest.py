"""Stop the weekly e-mail about apps, by the link in it."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from models.audit_log import stop_digests, stops_for
from models.errors import NotFound


class StopForm(Form):
    """One button: opening the link changes nothing."""


@bp.route("/digest/<secret>", methods=["GET", "POST"], endpoint="stop_digests")
@public
def stop(secret: str) -> Answer:
    person = stops_for(secret)
    if person is None:
        raise NotFound(_("This link no longer works. You can stop the e-mail under Settings, Profile."))

    def save() -> Saved | Answer:
        stop_digests(person)
        return render_template("settings/digest_stopped.html")

    return handle_form(StopForm(), lambda: render_template("settings/digest_stop.html", form=StopForm()), save)
