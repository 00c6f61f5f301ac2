"""Whether an account requires a second factor from its members."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.settings import bp
from models.accounts import Member
from models.database import db
from models.errors import Invalid, NotAllowed
from models.permissions import Permission


class SecondFactorForm(Form):
    second_factor_required = BooleanField("Members need a second factor")


@bp.route("/account/second-factor", methods=["GET", "POST"])
@allowed(Permission.CHANGE_ACCOUNT)
@recently_authenticated
def second_factor() -> str | Response | tuple[str, int]:
    member = current_member()
    if request.method != "POST":
        return page(SecondFactorForm(obj=member.account))
    form = SecondFactorForm()
    try:
        member.require_second_factor(bool(form.second_factor_required.data))
    except NotAllowed as problem:
        db.session.rollback()
        form.refuse(Invalid("second_factor_required", problem.message))
        return page(form), 400
    db.session.commit()
    flash("Account settings were saved.", "good")
    return redirect(url_for(".account"))


def page(form: SecondFactorForm) -> str:
    members = Member.in_account(current_account_id())
    without = [member for member in members if not member.user.has_second_factor]
    return render_template("settings/second_factor.html", form=form, without=without, members=len(members))
