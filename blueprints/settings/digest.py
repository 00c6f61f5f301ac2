"""Stop the weekly e-mail about apps, by the link in it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from blueprints.web import csrf
from models.accounts import User
from models.audit_log import stop_digests, stops_for
from models.database import db
from models.errors import NotFound


class StopForm(Form):
    """One button: opening the link changes nothing."""


@bp.route("/digest/<secret>", methods=["GET", "POST"], endpoint="stop_digests")
@public
def stop(secret: str) -> Answer:
    person = person_of(secret)

    def save() -> Saved | Answer:
        stop_digests(person)
        return render_template("settings/digest_stopped.html")

    return handle_form(StopForm(), lambda: render_template("settings/digest_stop.html", form=StopForm()), save)


@bp.route("/digest/<secret>/one-click", methods=["GET", "POST"], endpoint="stop_digests_at_once")
@public
@csrf.exempt
def stop_at_once(secret: str) -> ResponseReturnValue:
    """For e-mail programs, which press the button for their reader (RFC 8058). Those that only open the address show the page."""
    if request.method == "POST":
        stop_digests(person_of(secret))
        db.session.commit()
        return "", 204
    return redirect(url_for(".stop_digests", secret=secret))


def person_of(secret: str) -> User:
    """The person whose digests this link stops; raises `NotFound`."""
    person = stops_for(secret)
    if person is None:
        raise NotFound(_("This link no longer works. You can stop the e-mail under Settings, Profile."))
    return person
