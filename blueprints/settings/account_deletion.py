"""Delete an account: an Owner requests it, can cancel it for two weeks, and then it is deleted."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_member, signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.settings import bp
from models.accounts import DataExport, Member
from models.database import db
from models.permissions import Permission
from models.privacy import accounts_of, ask_deletion, cancel_deletion, live_connections
from models.privacy.account_deletion import GRACE
from models.profiles import ProfileCount


class DeletionForm(Form):
    name = StringField(
        lazy_gettext("Name of the account"), [InputRequired(lazy_gettext("Type the name of the account."))]
    )


@bp.route("/data/deletion", methods=["GET", "POST"])
@allowed(Permission.MANAGE_DATA)
@recently_authenticated
def delete_account() -> Answer:
    member, form = current_member(), DeletionForm()
    if member.account.locked:
        return redirect(url_for(".data"))

    def save() -> Saved:
        ask_deletion(member, form.name.data or "")
        said = _(
            "%(name)s is locked now. It will be deleted unless an Owner cancels the deletion.", name=member.account.name
        )
        return Saved(said, url_for(".data"))

    return handle_form(form, lambda: page(form, member), save)


def page(form: DeletionForm, member: Member) -> str:
    account_id = member.account_id
    counted = db.session.get(ProfileCount, account_id)
    return render_template(
        "settings/data_deletion.html",
        form=form,
        account=member.account,
        days=GRACE.days,
        apps=live_connections(account_id),
        members=len(Member.in_account(account_id)),
        profiles=counted.profiles if counted else 0,
        export=DataExport.unfinished(account_id),
    )


@bp.post("/data/deletion/cancellation")
@allowed(Permission.MANAGE_DATA)
def keep_account() -> Response:
    member = current_member()
    cancel_deletion(member)
    db.session.commit()
    flash(
        _(
            "%(name)s will not be deleted. Everybody can work in it again. Apps must be connected again.",
            name=member.account.name,
        ),
        "good",
    )
    return redirect(url_for(".data"))


@bp.get("/data/locked")
@signed_in
def locked() -> str | Response:
    """The page for members of an account that will be deleted."""
    member: Member | None = g.member
    if member is None or not member.account.locked:
        return redirect(url_for("web.home"))
    if member.may(Permission.MANAGE_DATA):
        return redirect(url_for(".data"))
    others = [each for each in Member.all_of(member.user_id) if each.id != member.id]
    last = accounts_of(member.user_id) == [member.account_id]
    return render_template("settings/data_locked.html", account=member.account, others=others, last=last)
