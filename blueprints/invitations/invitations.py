"""The list of pending people, and inviting one person."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.forms.inputs import choice, chosen_tags
from blueprints.forms.pagination import page_number, pages
from blueprints.invitations import bp
from blueprints.invitations.forms import InvitationForm
from config import current_settings
from models.assessments import AssessmentInvitation, progress_of
from models.permissions import Permission
from models.profiles import Profile, Tag, tags_for_new

ROWS = 50
STATES = {
    "": lazy_gettext("All"),
    "sent": lazy_gettext("Sent"),
    "opened": lazy_gettext("Opened"),
    "expired": lazy_gettext("Link expired"),
}


@bp.get("/invitations")
@allowed(Permission.EDIT_PROFILES)
def invitations() -> str:
    state, number = choice("state", request.args, tuple(STATES)), page_number()
    page = AssessmentInvitation.open_in(current_account_id(), state, ROWS, number)
    return render_template(
        "invitations/invitations.html",
        page=page,
        state=state,
        states=STATES,
        number=number,
        last=pages(page.total, ROWS),
        progress=progress_of(current_account_id(), [each.id for each in page.rows]),
        mailed=sends_mail(),
    )


@bp.route("/invitations/new", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def invite() -> Answer:
    form = InvitationForm(language=current_member().account.language)
    tags, chosen = Tag.all_in(current_account_id()), chosen_tags()

    def show() -> str:
        return render_template("invitations/new.html", form=form, tags=tags, chosen=chosen, mailed=sends_mail())

    return handle_form(form, show, lambda: sent(send(form, chosen)))


def send(form: InvitationForm, tag_ids: list[uuid.UUID]) -> AssessmentInvitation:
    given = {
        name: form[name].data or "" for name in ("email", "first_name", "last_name", "custom_id", "language", "note")
    }
    if Profile.by_email(current_account_id(), given["email"]) is None:
        tag_ids = tags_for_new(current_account_id(), tag_ids)
    asked: dict[str, Any] = {"tag_ids": tag_ids, "by": current_member().id, **given}
    return AssessmentInvitation.invite(current_account_id(), **asked)


def sent(invitation: AssessmentInvitation) -> Saved:
    """The page after inviting: the profile or, without a mail server, the link to share."""
    page = "profiles.profile" if sends_mail() else "invitations.personal_link"
    invited = _("%(name)s is invited.", name=invitation.profile.name)
    return Saved(f"{invited} {on_its_way()}", url_for(page, profile_id=invitation.profile_id))


def sends_mail() -> bool:
    """Whether there is a mail server. Without one, members share the personal links themselves."""
    return current_settings().mail_server is not None


def on_its_way() -> str:
    """What happens to the link next."""
    if sends_mail():
        return str(_("An e-mail with a personal link is on its way."))
    return str(_("This server does not send e-mail. Share the personal link yourself."))
