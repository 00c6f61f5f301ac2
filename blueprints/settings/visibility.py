"""Who sees whom: whether members see all profiles or only those with their tags, and the tags of each member."""

from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import ask_for_proof_of_form, entered, just_proven, sometimes_needs_proof
from blueprints.forms.connection_limits import Tags, labels
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from models.accounts import Member
from models.permissions import Permission, Role
from models.profiles import give_tags

EVERYBODY, BY_TAGS = "everybody", "tags"


def what_they_see() -> dict[str, str]:
    return {EVERYBODY: _("All profiles"), BY_TAGS: _("Only profiles with their tags, and their own profile")}


class VisibilityForm(EditForm):
    sees = RadioField(
        lazy_gettext("What Users and Managers see"),
        [InputRequired(lazy_gettext("Choose what members see."))],
        choices=what_they_see,
    )


class MemberTagsForm(EditForm):
    tags = Tags(
        lazy_gettext("Tags"),
        description=lazy_gettext(
            "They see each profile that has at least one of these tags. They always see their own profile."
        ),
    )


@bp.route("/account/visibility", methods=["GET", "POST"])
@allowed(Permission.CHANGE_ACCOUNT)
@sometimes_needs_proof
def visibility() -> Answer:
    if request.method == "POST":
        # Before any row: the apps of the account share this lock while they write.
        current_member().lock()
    account, given = hold_still(current_member().account), entered()
    form = VisibilityForm(given, sees=BY_TAGS if account.profiles_by_tags else EVERYBODY)

    def save() -> Saved | Answer:
        by_tags = form.sees.data == BY_TAGS
        if not by_tags and not just_proven():
            return ask_for_proof_of_form()
        account.show_profiles_by_tags(by_tags)
        return Saved(_("Account settings were saved."), url_for(".visibility"))

    def show() -> str:
        members = [member for member in Member.in_account(account.id) if member.role != Role.OWNER]
        tags = labels(account.id)
        return render_template("settings/visibility.html", form=form, members=members, tags=tags, unsaved=given)

    return handle_edit(form, show, save)


@bp.route("/members/<uuid:member_id>/tags", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MEMBERS)
@sometimes_needs_proof
def member_tags(member_id: uuid.UUID) -> Answer:
    member, given = Member.find(current_account_id(), member_id), entered()
    if request.method == "POST":
        member.lock()
    kept = member.tag_ids or []
    form = MemberTagsForm(given, data={"tags": kept})
    form.tags.offer(labels(member.account_id), kept)

    def save() -> Saved | Answer:
        chosen = form.tags.data or []
        if not set(chosen) <= set(kept) and not just_proven():
            return ask_for_proof_of_form()
        give_tags(member, list(map(uuid.UUID, chosen)))
        return Saved(_("The tags of %(name)s were saved.", name=member.user.name), url_for(".visibility"))

    def show() -> str:
        return render_template("settings/member_tags.html", form=form, member=member, unsaved=given)

    return handle_edit(form, show, save)
