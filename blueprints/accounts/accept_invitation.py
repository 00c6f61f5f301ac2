"""Accept an invitation to an account by its link."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.sign_up import PASSWORD_HINT
from blueprints.auth import sessions
from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, finish, handle_form
from blueprints.web.template_filters import role
from models.accounts import MemberInvitation, User
from models.database import db


class JoinForm(Form):
    name = StringField(lazy_gettext("Your name"), [InputRequired(lazy_gettext("Enter your name."))])
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Choose a password."))], description=PASSWORD_HINT
    )


@bp.route("/join/<secret>", methods=["GET", "POST"])
@public
def join(secret: str) -> Answer:
    invitation = MemberInvitation.by_secret(secret)
    if invitation is None or not invitation.open:
        return render_template("accounts/invitation_ended.html", invitation=invitation), 410 if invitation else 404
    if current_user.is_authenticated:
        return join_as(g.login_session.user, invitation)
    if User.by_email(invitation.email):
        return render_template("accounts/join_sign_in.html", invitation=invitation)
    return join_as_somebody_new(invitation)


def join_as(person: User, invitation: MemberInvitation) -> Answer:
    if person.email_key != invitation.email_key:
        return render_template("accounts/join_as_another.html", invitation=invitation)
    if request.method != "POST":
        return render_template("accounts/join.html", invitation=invitation)
    return finish(enter(invitation, person))


def join_as_somebody_new(invitation: MemberInvitation) -> Answer:
    form = JoinForm()

    def save() -> Saved:
        address = invitation.email
        # Hashing the password takes a while; keep no transaction open during it.
        db.session.rollback()
        return enter(invitation, User.create(address, form.name.data or "", form.password.data or ""))

    def show() -> str:
        return render_template("accounts/join_new.html", invitation=invitation, form=form)

    return handle_form(form, show, save)


def enter(invitation: MemberInvitation, person: User) -> Saved:
    """Make the person a member and switch them to the account they joined."""
    member = invitation.accept(person)
    if not current_user.is_authenticated:
        sessions.sign_in(person)
    g.login_session.account_id = member.account_id
    said = _(
        "You are now a member of %(account)s, as %(role)s.", account=member.account.name, role=role(str(member.role))
    )
    return Saved(said, url_for("web.home"))
