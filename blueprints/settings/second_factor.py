"""Whether an account requires a second factor from its members."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from models.accounts import Member
from models.permissions import Permission


class SecondFactorForm(EditForm):
    second_factor_required = BooleanField(lazy_gettext("Members need a second factor"))


@bp.route("/account/second-factor", methods=["GET", "POST"])
@allowed(Permission.CHANGE_ACCOUNT)
@recently_authenticated
def second_factor() -> Answer:
    member = current_member()
    form = SecondFactorForm(obj=hold_still(member.account))

    def save() -> Saved:
        member.require_second_factor(bool(form.second_factor_required.data))
        return Saved(_("Account settings were saved."), url_for(".account"))

    return handle_edit(form, lambda: page(form), save)


def page(form: SecondFactorForm) -> str:
    members = Member.in_account(current_account_id())
    without = [member for member in members if not member.user.has_second_factor]
    return render_template("settings/second_factor.html", form=form, without=without, members=len(members))
