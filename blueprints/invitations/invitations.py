"""The list of pending people, and inviting one person."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.forms.inputs import choice, read_id
from blueprints.forms.pagination import page_number, pages
from blueprints.invitations import bp
from blueprints.invitations.forms import InvitationForm
from config import current_settings
from models.assessments import AssessmentInvitation
from models.permissions import Permission
from models.profiles import Tag

ROWS = 50
STATES = {"": "All", "sent": "Not started", "opened": "Started", "expired": "Link expired"}


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
    )


@bp.route("/invitations/new", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def invite() -> Answer:
    form = InvitationForm(language=current_member().account.language)
    tags, chosen = Tag.all_in(current_account_id()), chosen_tags()

    def show() -> str:
        return render_template("invitations/new.html", form=form, tags=tags, chosen=chosen)

    return handle_form(form, show, lambda: sent(send(form, chosen)))


def chosen_tags() -> list[uuid.UUID]:
    """The ids of the ticked tags."""
    return [read_id("tag", value) for value in request.form.getlist("tag")]


def send(form: InvitationForm, tag_ids: list[uuid.UUID]) -> AssessmentInvitation:
    given = {
        name: form[name].data or "" for name in ("email", "first_name", "last_name", "custom_id", "language", "note")
    }
    asked: dict[str, Any] = {"tag_ids": tag_ids, "by": current_member().id, **given}
    return AssessmentInvitation.invite(current_account_id(), **asked)


def sent(invitation: AssessmentInvitation) -> Saved:
    said = f"{invitation.profile.name} is invited. {on_its_way()}"
    return Saved(said, url_for("profiles.profile", profile_id=invitation.profile_id))


def on_its_way(links: str = "the link from the outbox") -> str:
    """What happens to the e-mail next."""
    if current_settings().mail_url:
        return "An e-mail with a personal link is on its way."
    return f"This server does not send e-mail. Share {links}."
