"""The page for a person who is signed in but belongs to no account."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.set_up import SetUpForm
from blueprints.accounts.sign_up import policy
from blueprints.auth.access_control import signed_in
from blueprints.forms.handling import Answer, Saved, handle_form
from models.accounts import may_sign_up, open_account


class AccountForm(SetUpForm):
    account_name = StringField(
        lazy_gettext("Account name"), [InputRequired(lazy_gettext("Enter a name for the account."))]
    )


@bp.route("/no-account", methods=["GET", "POST"])
@signed_in
def no_account() -> Answer:
    if g.member:
        return redirect(url_for("web.home"))
    form = AccountForm()
    form.without_needless_token()

    def save() -> Saved:
        person = g.login_session.user
        token = form.check_token(person.email, show)
        owner = open_account(policy(), person, form.account_name.data or "", token)
        g.login_session.account_id = owner.account_id
        return Saved(_("%(account)s is ready.", account=owner.account.name), url_for("web.home"))

    def show() -> str:
        return render_template("accounts/no_account.html", form=form, may_create=may_sign_up(policy()))

    return handle_form(form, show, save)
