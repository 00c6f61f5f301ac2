"""The members of an account: list them, change a role, remove a member."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.edit_conflict import EditForm
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from blueprints.web.template_filters import role as role_in_words
from config import current_settings
from models.accounts import Member, MemberInvitation
from models.connections import Connection
from models.database import db
from models.errors import NotAllowed
from models.permissions import Permission, Role
from models.profiles import Profile


def roles() -> dict[str, str]:
    return {
        str(Role.USER): _("User: sees profiles, tags and settings, and connects apps"),
        str(Role.MANAGER): _("Manager: also creates, changes and deletes profiles, tags and aliases"),
        str(Role.OWNER): _("Owner: also manages members and account settings, and sees the whole audit log"),
    }


class RoleForm(EditForm):
    role = RadioField(lazy_gettext("Role"), [InputRequired(lazy_gettext("Choose a role."))], choices=roles)


@bp.get("/members")
@allowed(Permission.MANAGE_MEMBERS)
def members() -> str:
    account_id = current_account_id()
    present = Member.in_account(account_id)
    owners = [member.id for member in present if member.role == Role.OWNER]
    return render_template(
        "settings/members.html",
        members=present,
        profiles=Profile.ids_by_email(account_id, [member.user.email for member in present]),
        last_owner_id=owners[0] if len(owners) == 1 else None,
        invitations=MemberInvitation.open_in(account_id),
        mailed=current_settings().mail_server is not None,
    )


@bp.route("/members/<uuid:member_id>/role", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
@recently_authenticated
def member_role(member_id: uuid.UUID) -> Answer:
    member = Member.find(current_account_id(), member_id)
    if request.method == "POST":
        member.lock()
    form = RoleForm(role=member.role)

    def save() -> Saved:
        member.change_role(Role(form.role.data))
        names = {"name": member.user.name, "role": role_in_words(member.role), "account": member.account.name}
        return Saved(_("%(name)s is now %(role)s in %(account)s.", **names), back_from(member))

    return handle_edit(form, lambda: render_template("settings/member_role.html", form=form, member=member), save)


@bp.route("/members/<uuid:member_id>/removal", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
@recently_authenticated
def remove_member(member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    member = Member.find(current_account_id(), member_id)
    if request.method != "POST":
        return removal_page(member)
    try:
        member.remove()
    except NotAllowed as problem:
        db.session.rollback()
        return removal_page(member, problem.message), 400
    db.session.commit()
    names = {"name": member.user.name, "account": member.account.name}
    flash(_("%(name)s is no longer a member of %(account)s.", **names), "good")
    return redirect(back_from(member))


def removal_page(member: Member, refused: str = "") -> str:
    apps = Connection.live_of(member)
    return render_template("settings/member_removal.html", member=member, apps=apps, refused=refused)


@bp.route("/members/<uuid:member_id>/ownership", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
@recently_authenticated
def transfer_ownership(member_id: uuid.UUID) -> str | Response:
    member = Member.find(current_account_id(), member_id)
    if request.method != "POST":
        return render_template("settings/ownership.html", member=member)
    current_member().hand_over_to(member)
    db.session.commit()
    names = {"name": member.user.name, "account": member.account.name}
    flash(_("%(name)s is now an Owner of %(account)s, and you are a Manager.", **names), "good")
    return redirect(url_for("web.home"))


def back_from(changed: Member) -> str:
    """The list of members; Home for a member who can no longer see it because they changed their own role."""
    oneself = changed.id == current_member().id
    return url_for("web.home") if oneself and not changed.may(Permission.MANAGE_MEMBERS) else url_for(".members")
