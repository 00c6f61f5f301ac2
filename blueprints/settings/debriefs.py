"""Who writes an account's debriefs: this server, or a language model that is given scores."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.reauthentication import ask_for_proof_of_form, entered, just_proven, sometimes_needs_proof
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from config import current_settings
from models.debriefs import message_of
from models.debriefs.prompt import INSTRUCTIONS
from models.debriefs.sample_scores import NOBODY
from models.permissions import Permission

HERE = "this server"


def composed_here() -> dict[str, str]:
    return {HERE: _("This server, with built-in sentences. No data leaves it.")}


class DebriefsForm(EditForm):
    writer = RadioField(
        lazy_gettext("Who writes debriefs"),
        [InputRequired(lazy_gettext("Choose who writes debriefs."))],
        choices=composed_here,
    )


@bp.route("/account/debriefs", methods=["GET", "POST"])
@allowed(Permission.CHANGE_ACCOUNT)
@sometimes_needs_proof
def debriefs() -> Answer:
    recipient, account = current_settings().debrief_recipient, hold_still(current_member().account)
    # Nothing is chosen while the consent is for another host: also “this server” is then a change, which withdraws it.
    agreed = account.debriefs_sent_to if account.debriefs_by_model else HERE
    chosen = agreed if agreed == HERE or (recipient and account.allows_scores_to(recipient.host)) else None
    given = entered()
    form = DebriefsForm(given, data={"writer": chosen})
    # A model can be chosen only where this server has one.
    if recipient:
        named = {"model": recipient.model, "host": recipient.host}
        by_model = _("%(model)s at %(host)s. It gets scores, but no names.", **named)
        form.writer.choices = composed_here() | {recipient.host: by_model}

    def save() -> Saved | Answer:
        if form.writer.data not in {HERE, chosen} and not just_proven():
            return ask_for_proof_of_form()
        # The administrator may have changed the model's host since: consent holds only for the host that was shown.
        host = None if form.writer.data == HERE else form.writer.data
        account.allow_scores_to(host)
        here = _("Debriefs are composed on this server.")
        said = _("Scores go to %(host)s for debriefs from now on.", host=host) if host else here
        return Saved(said, url_for(".debriefs"))

    return handle_edit(form, lambda: form_page(form, given is not None), save)


def form_page(form: DebriefsForm, unsaved: bool) -> str:
    return render_template(
        "settings/debriefs.html",
        form=form,
        unsaved=unsaved,
        recipient=current_settings().debrief_recipient,
        account=current_member().account,
        instructions=INSTRUCTIONS,
        message=message_of(NOBODY),
        a_day=current_settings().debriefs_a_day,
    )
