"""Who writes an account's debriefs: this server, or a language model that is given scores."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_member
from blueprints.forms.base import Form
from blueprints.settings import bp
from config import current_settings
from models.database import db
from models.debriefs import message_of
from models.debriefs.prompt import INSTRUCTIONS
from models.debriefs.sample_scores import NOBODY
from models.permissions import Permission

HERE = "this server"
COMPOSED_HERE = {HERE: "This server, with built-in sentences. No data leaves it."}


class DebriefsForm(Form):
    writer = RadioField(
        "Who writes debriefs",
        [InputRequired("Choose who writes debriefs.")],
        choices=COMPOSED_HERE,
    )


@bp.get("/account/debriefs")
@allowed(Permission.CHANGE_ACCOUNT)
def debriefs() -> str:
    return form_page(form_for_account())


@bp.post("/account/debriefs")
@allowed(Permission.CHANGE_ACCOUNT)
def change_debriefs() -> Response | tuple[str, int]:
    form = form_for_account()
    if not form.validate():
        return form_page(form), 400
    # The administrator may have changed the model's host since: consent holds only for the host that was shown.
    host = None if form.writer.data == HERE else form.writer.data
    current_member().account.allow_scores_to(host)
    db.session.commit()
    flash(f"Scores go to {host} for debriefs from now on." if host else "Debriefs are composed on this server.", "good")
    return redirect(url_for(".debriefs"))


def form_for_account() -> DebriefsForm:
    """The form with the current choice; a model can be chosen only if this server has one."""
    recipient, account = current_settings().debrief_recipient, current_member().account
    host = recipient.host if recipient and account.allows_scores_to(recipient.host) else HERE
    form = DebriefsForm(writer=host)
    if recipient:
        by_model = {recipient.host: f"{recipient.model} at {recipient.host}. It gets scores, but no names."}
        form.writer.choices = COMPOSED_HERE | by_model
    return form


def form_page(form: DebriefsForm) -> str:
    return render_template(
        "settings/debriefs.html",
        form=form,
        recipient=current_settings().debrief_recipient,
        account=current_member().account,
        instructions=INSTRUCTIONS,
        message=message_of(NOBODY),
        a_day=current_settings().debriefs_a_day,
    )
