"""Invite somebody to an account: by e-mail, or by a link that the Owner hands over if no mail server is configured."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.handling import Answer, Saved, finish, handle_form
from blueprints.settings import bp
from blueprints.settings.members import RoleForm
from blueprints.web.urls import address_of
from config import current_settings
from models.accounts import MemberInvitation
from models.database import db
from models.permissions import Permission, Role


class InvitationForm(RoleForm):
    email = EmailField(lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter an e-mail address."))])


@bp.route("/members/invitations", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
@recently_authenticated
def invite() -> Answer:
    form = InvitationForm(role=Role.USER)

    def save() -> Saved | Answer:
        invitation, _secret = MemberInvitation.create(current_member(), form.email.data or "", Role(form.role.data))
        return handed_over(invitation)

    by_tags = current_member().account.profiles_by_tags
    return handle_form(
        form, lambda: render_template("settings/invite.html", form=form, mailed=mailed(), by_tags=by_tags), save
    )


def mailed() -> bool:
    """Whether a mail server delivers the link."""
    return current_settings().mail_server is not None


def handed_over(invitation: MemberInvitation) -> Saved | str:
    """Say that the e-mail is on its way or, without a mail server, show the link for the Owner to hand over."""
    if not mailed() and invitation.secret:
        # Not after a redirect: the link would have to be stored in between.
        link = address_of("accounts.join", secret=invitation.secret)
        return render_template("settings/invitation_link.html", invitation=invitation, link=link)
    said = _("An e-mail with a link is on its way to %(email)s.", email=invitation.email)
    return Saved(said, url_for(".members"))


@bp.post("/members/invitations/<uuid:invitation_id>/sending")
@allowed(Permission.MANAGE_MEMBERS)
@recently_authenticated
def resend_invitation(invitation_id: uuid.UUID) -> Answer:
    """The same link again, with seven more days."""
    invitation = MemberInvitation.find(current_account_id(), invitation_id)
    invitation.resend()
    return finish(handed_over(invitation))


@bp.post("/members/invitations/<uuid:invitation_id>/cancellation")
@allowed(Permission.MANAGE_MEMBERS)
def cancel_invitation(invitation_id: uuid.UUID) -> Response:
    invitation = MemberInvitation.find(current_account_id(), invitation_id)
    invitation.cancel()
    db.session.commit()
    flash(_("The invitation for %(email)s was cancelled. Its link no longer works.", email=invitation.email), "good")
    return redirect(url_for(".members"))
