"""Start with my own team: creates a new account and a sign-in for it, and deletes the demo if asked."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask_babel import lazy_gettext
from wtforms import BooleanField

from blueprints.accounts import bp
from blueprints.accounts.sign_up import WELCOME, SignUpForm
from blueprints.auth import sessions
from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.forms.handling import Answer, Saved, handle_form
from config import current_settings
from models.accounts import User, start_account
from models.database import db
from models.demo import Contents, demo_accounts, is_demo_person, remove
from models.permissions import Permission

WELCOME_WITHOUT_DEMO = lazy_gettext("Welcome, %(person)s. %(account)s is ready. The demo is being deleted.")


class OwnTeamForm(SignUpForm):
    remove = BooleanField(lazy_gettext("Delete the demo"))


@bp.route("/own-team", methods=["GET", "POST"])
@allowed(Permission.MANAGE_DATA)
@recently_authenticated
def own_team() -> Answer:
    """Only for the demo's people, and only where nobody else reaches the server: elsewhere SIGN_UP says who may start an account."""
    member = current_member()
    in_demo = member.account_id in {account.id for account in demo_accounts()}
    if not (current_settings().on_loopback and in_demo and is_demo_person(member.user)):
        abort(404)
    contents = Contents.now()
    form = OwnTeamForm(remove=not contents.is_real)
    del form.token, form.next

    def save() -> Saved:
        person = User.create(form.email.data or "", form.name.data or "", form.password.data or "")
        owner = start_account(person, form.account_name.data or "")
        sessions.sign_in(person)
        db.session.flush()
        said = WELCOME
        if form.remove.data:
            remove()
            said = WELCOME_WITHOUT_DEMO
        return Saved(str(said) % {"person": person.name, "account": owner.account.name}, url_for("settings.set_up"))

    return handle_form(form, lambda: render_template("accounts/own_team.html", form=form, contents=contents), save)
