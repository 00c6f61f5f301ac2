"""The outbox: sent, planned and failed e-mails and, without a mail server, the links to hand over."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.reauthentication import ask_for_proof_at, just_proven, sometimes_needs_proof
from blueprints.forms.pagination import given_id
from blueprints.mail.rendering import compose
from blueprints.settings import bp
from config import current_settings
from models.assessments import Sitting, outbox_message, outbox_page, state_of
from models.assessments.outbox import STATES, TITLES
from models.audit import Action, record
from models.database import Page, db, writing
from models.errors import Invalid
from models.mail import Kind, Message
from models.permissions import Permission


@bp.get("/outbox")
@allowed(Permission.EDIT_PROFILES)
def outbox() -> str:
    """Managers see e-mails to people. Invitations to the account are for Owners, notices of an app only for its member."""
    state = wanted_state()
    page = outbox_page(current_member(), state, before=given_id("before"), after=given_id("after"))
    return render_template(
        "settings/outbox.html",
        page=page,
        state=state,
        links=links(page, state),
        states=STATES,
        titles=TITLES,
        state_of=state_of,
        sends=sends(),
    )


def wanted_state() -> str | None:
    state = request.args.get("state", "")
    if state and state not in STATES:
        raise Invalid("state", _("This link does not match the outbox. Start again from the newest messages."))
    return state or None


def links(page: Page, state: str | None) -> dict[str, str | None]:
    """Links to the newer and the older e-mails, with the same filter."""
    return {
        "newer": url_for(".outbox", state=state, after=page.newer) if page.newer else None,
        "older": url_for(".outbox", state=state, before=page.older) if page.older else None,
    }


def sends() -> bool:
    """Whether there is a mail server."""
    return current_settings().mail_server is not None


@bp.get("/outbox/<uuid:message_id>")
@allowed(Permission.EDIT_PROFILES)
@sometimes_needs_proof
def outbox_letter(message_id: uuid.UUID) -> str | Response:
    """The e-mail as it reads now. Anyone with a personal link can answer for the person or join the account.

    So showing one needs recent proof, and is recorded in the audit log.
    """
    message = outbox_message(current_member(), message_id)
    # Once the person has started, somebody else with their link could only delete their answers. Where mail brings it to
    # them, nobody else needs it before.
    composed = None if Sitting.is_open_for(message.about_id) or goes_by_mail(message) else compose(message)
    if composed and composed.personal_link and not just_proven():
        return ask_for_proof_at(request.path)
    shown = render_template(
        "settings/outbox_letter.html",
        message=message,
        composed=composed,
        state=state_of(message),
        states=STATES,
        titles=TITLES,
        sends=sends(),
    )
    if composed and composed.personal_link and request.method != "HEAD":
        note_link_shown(message)
    return shown


def goes_by_mail(message: Message) -> bool:
    """Whether this e-mail brings its person a link to the assessment or to their result, or has brought it."""
    links = (Kind.ASSESSMENT_INVITATION, Kind.ASSESSMENT_REMINDER, Kind.REMOVAL_DECLINED)
    return sends() and message.kind in links and message.state not in ("kept", "failed")


def note_link_shown(message: Message) -> None:
    whose = message.resources
    with writing():
        record(Action.PERSONAL_LINK_SHOWN, *whose)


@bp.post("/outbox/<uuid:message_id>/sending")
@allowed(Permission.EDIT_PROFILES)
def send_outbox_letter(message_id: uuid.UUID) -> Response:
    """Retry an e-mail that was kept or given up."""
    message = outbox_message(current_member(), message_id)
    message.send_again()
    db.session.commit()
    flash(_("The e-mail to %(recipient)s is on its way again.", recipient=message.recipient), "good")
    return redirect(url_for(".outbox"))


@bp.post("/outbox/<uuid:message_id>/cancellation")
@allowed(Permission.EDIT_PROFILES)
def cancel_outbox_letter(message_id: uuid.UUID) -> Response:
    """Cancel a planned e-mail."""
    message = outbox_message(current_member(), message_id)
    message.cancel()
    db.session.commit()
    flash(_("The e-mail to %(recipient)s will not be sent.", recipient=message.recipient), "good")
    return redirect(url_for(".outbox"))
