"""Removal requests: a member who may delete profiles accepts or declines them."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import TextAreaField

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.base import Form, follows
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.profiles import bp
from models.assessments import RemovalRequest, reason_of
from models.permissions import Permission


@bp.get("/profiles/removals")
@allowed(Permission.EDIT_PROFILES)
def removals() -> str:
    return render_template("profiles/removals.html", wishes=RemovalRequest.open_in(current_account_id()))


class RefusalForm(Form):
    """Why a removal request is declined."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [follows(reason_of)],
        description=lazy_gettext("The person gets it with your answer."),
    )


@bp.route("/profiles/removals/<uuid:removal_id>/refusal", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def decline_removal(removal_id: uuid.UUID) -> Answer:
    wish = RemovalRequest.find(current_account_id(), removal_id)
    form = RefusalForm()

    def save() -> Saved:
        wish.decline(current_member(), form.reason.data or "")
        said = _("The removal request of %(name)s was declined. The profile was not changed.", name=wish.profile.name)
        return Saved(said, url_for(".removals"))

    return handle_form(form, lambda: render_template("profiles/removal_refusal.html", wish=wish, form=form), save)
