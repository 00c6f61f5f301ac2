"""For Owners: the decoy profile of the account."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.connections import bp
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, Saved, finish, handle_form
from models.accounts import Member
from models.demo import decoy_of, make_decoy, remove_decoy, suggest_decoy
from models.permissions import Permission


class DecoyForm(Form):
    first_name = StringField(lazy_gettext("First name"), [InputRequired(lazy_gettext("Enter a first name."))])
    last_name = StringField(lazy_gettext("Last name"), [InputRequired(lazy_gettext("Enter a last name."))])
    email = EmailField(
        lazy_gettext("E-mail"),
        [InputRequired(lazy_gettext("Enter an e-mail address."))],
        description=lazy_gettext("An address that nobody has, in the form of the others. Profile sends nothing to it."),
    )


@bp.route("/decoy", methods=["GET", "POST"])
@allowed(Permission.MANAGE_CONNECTIONS)
@recently_authenticated
def decoy() -> Answer:
    owner = current_member()
    form = DecoyForm(data=suggestion(owner))

    def save() -> Saved:
        given = (form.first_name.data or "", form.last_name.data or "", form.email.data or "")
        make_decoy(owner.account, *given)
        return Saved(_("The decoy profile was created. Apps can see it now."), url_for(".decoy"))

    def show() -> str:
        return render_template("connections/decoy.html", form=form, decoy=decoy_of(owner.account))

    return handle_form(form, show, save)


def suggestion(owner: Member) -> dict[str, str]:
    """An invented name, with an address at the Owner's own domain."""
    invented = suggest_decoy()
    mailbox, domain = invented.email.partition("@")[0], owner.user.email.rpartition("@")[2]
    return {"first_name": invented.first_name, "last_name": invented.last_name, "email": f"{mailbox}@{domain}"}


@bp.post("/decoy/removal")
@allowed(Permission.MANAGE_CONNECTIONS)
@recently_authenticated
def remove_decoy_profile() -> Answer:
    remove_decoy(current_member().account)
    return finish(Saved(_("The decoy profile was removed."), url_for(".decoy")))
