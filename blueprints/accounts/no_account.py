"""The page for a person who is signed in but belongs to no account."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.sign_up import policy
from blueprints.auth.access_control import signed_in
from blueprints.forms.base import Form
from models.accounts import may_sign_up, open_account
from models.database import db
from models.errors import Invalid


class AccountForm(Form):
    account_name = StringField("Account name", [InputRequired("Enter a name for the account.")])


@bp.route("/no-account", methods=["GET", "POST"])
@signed_in
def no_account() -> str | Response | tuple[str, int]:
    if g.member:
        return redirect(url_for("web.home"))
    form = AccountForm()
    if request.method != "POST":
        return page(form)
    try:
        if form.validate():
            return create_account(form)
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return page(form), 400


def create_account(form: AccountForm) -> Response:
    owner = open_account(policy(), g.login_session.user, form.account_name.data or "")
    g.login_session.account_id = owner.account_id
    flash(f"{owner.account.name} is ready.", "good")
    db.session.commit()
    return redirect(url_for("web.home"))


def page(form: AccountForm) -> str:
    return render_template("accounts/no_account.html", form=form, may_create=may_sign_up(policy()))
