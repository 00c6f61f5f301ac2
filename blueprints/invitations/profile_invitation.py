"""The invitation of one profile: send, send again, remind, cancel."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member, safe_next
from blueprints.auth.reauthentication import ask_for_proof_at, just_proven, sometimes_needs_proof
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.invitations import bp
from blueprints.invitations.forms import NoteForm
from blueprints.invitations.invitations import on_its_way, sends_mail, sent
from blueprints.web.urls import assessment_address
from models.assessments import AssessmentInvitation, Sitting
from models.audit import Action, record
from models.database import db, writing
from models.errors import NotFound
from models.permissions import Permission
from models.profiles import Profile


@bp.route("/profiles/<uuid:profile_id>/invitation", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def invite_profile(profile_id: uuid.UUID) -> Answer:
    found = Profile.find(current_account_id(), profile_id)
    form = NoteForm(language=current_member().account.language)

    def save() -> Saved:
        by = current_member().id
        asked = {"language": form.language.data, "note": form.note.data or "", "by": by}
        return sent(AssessmentInvitation.invite(found.account_id, found.email, **asked))

    def show() -> str:
        known = AssessmentInvitation.unanswered(found.account_id, found.id)
        return render_template("invitations/profile.html", form=form, profile=found, known=known, mailed=sends_mail())

    return handle_form(form, show, save)


@bp.post("/profiles/<uuid:profile_id>/invitation/resending")
@allowed(Permission.EDIT_PROFILES)
def resend_invitation(profile_id: uuid.UUID) -> Response:
    invitation = unanswered(profile_id)
    invitation.resend()
    db.session.commit()
    if sends_mail():
        again = _("%(name)s is invited again.", name=invitation.profile.name)
        flash(f"{again} {on_its_way()}", "good")
        return back(profile_id)
    flash(_("The link of %(name)s works for seven more days.", name=invitation.profile.name), "good")
    # Who has begun goes on with the link that they have, which nobody else needs.
    answering = Sitting.is_open_for(invitation.id)
    return back(profile_id) if answering else redirect(url_for(".personal_link", profile_id=profile_id))


@bp.get("/profiles/<uuid:profile_id>/invitation/link")
@allowed(Permission.EDIT_PROFILES)
@sometimes_needs_proof
def personal_link(profile_id: uuid.UUID) -> str | Response:
    """The link to share where no mail server brings it. Anyone with it can answer for the person.

    So showing it needs recent proof, and is recorded, as in the outbox. Once somebody answers, it is not shown.
    """
    invitation = unanswered(profile_id)
    answering = Sitting.is_open_for(invitation.id)
    shown = invitation.open and not answering and not sends_mail()
    if shown and not just_proven():
        return ask_for_proof_at(request.path)
    page = render_template(
        "invitations/personal_link.html",
        invitation=invitation,
        address=assessment_address(invitation.link) if shown else "",
        answering=answering,
        mailed=sends_mail(),
    )
    if shown and request.method != "HEAD":
        with writing():
            record(Action.PERSONAL_LINK_SHOWN, ("profile", profile_id))
    return page


@bp.post("/profiles/<uuid:profile_id>/invitation/reminder")
@allowed(Permission.EDIT_PROFILES)
def remind(profile_id: uuid.UUID) -> Response:
    invitation = unanswered(profile_id)
    invitation.remind()
    db.session.commit()
    reminded = _("%(name)s is reminded.", name=invitation.profile.name)
    flash(f"{reminded} {on_its_way()}", "good")
    return back(profile_id)


@bp.route("/profiles/<uuid:profile_id>/invitation/cancellation", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def cancel_invitation(profile_id: uuid.UUID) -> str | Response:
    invitation = unanswered(profile_id)
    if request.method != "POST":
        return render_template("invitations/cancellation.html", invitation=invitation, profile=invitation.profile)
    invitation.cancel()
    db.session.commit()
    cancelled = _("The invitation of %(name)s was cancelled. Its link no longer works.", name=invitation.profile.name)
    flash(cancelled, "good")
    return back(profile_id)


def unanswered(profile_id: uuid.UUID) -> AssessmentInvitation:
    """The pending invitation of this person; raises `NotFound`."""
    invitation = AssessmentInvitation.unanswered(current_account_id(), profile_id)
    if invitation is None:
        raise NotFound(_("This person has no open invitation."))
    return invitation


def back(profile_id: uuid.UUID) -> Response:
    """Redirect to the page that had the button."""
    return redirect(safe_next(request.form.get("next")) or url_for("profiles.profile", profile_id=profile_id))
