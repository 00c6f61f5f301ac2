"""Inviting somebody to an account. The link is shown once, to the Owner who hands it over."""

from __future__ import annotations

import uuid

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from blueprints.settings import bp
from blueprints.settings.members import RoleForm
from blueprints.site.access import allowed, current_account_id, current_member
from models.base import db
from models.errors import Invalid
from models.invitation import MemberInvitation
from models.policy import Permission, Role


class InvitationForm(RoleForm):
    email = EmailField("E-mail", [InputRequired("Enter an e-mail address.")])


@bp.route("/members/invitations", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
def invite() -> str | tuple[str, int]:
    form = InvitationForm(role=Role.USER)
    if request.method != "POST":
        return render_template("settings/invite.html", form=form)
    try:
        if form.validate():
            invitation, secret = MemberInvitation.create(current_member(), form.email.data or "", Role(form.role.data))
            db.session.commit()
            # Not after a redirect: the link would have to be kept somewhere on the way.
            return render_template("settings/invitation_link.html", invitation=invitation, link=link_of(secret))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("settings/invite.html", form=form), 400


def link_of(secret: str) -> str:
    """The whole address of an invitation, on the public name of this server whatever name this request came by."""
    return f"{current_app.config['PROFILE'].public_url}{url_for('accounts.join', secret=secret)}"


@bp.post("/members/invitations/<uuid:invitation_id>/cancellation")
@allowed(Permission.MANAGE_MEMBERS)
def cancel_invitation(invitation_id: uuid.UUID) -> Response:
    invitation = MemberInvitation.find(current_account_id(), invitation_id)
    invitation.cancel()
    db.session.commit()
    flash(f"The invitation for {invitation.email} was cancelled; its link no longer works.", "good")
    return redirect(url_for(".members"))
