"""The user profile: a person's name, language and time zone."""

from __future__ import annotations

from flask import g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, refresh
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from blueprints.auth.access_control import signed_in
from blueprints.auth.time_zone import zone_of_browser
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from models.accounts import Member
from models.identity import change_person
from models.permissions import Permission
from models.profiles import Profile
from models.text import current_language, languages, zone_names


class PersonForm(EditForm):
    name = StringField(lazy_gettext("Your name"), [InputRequired(lazy_gettext("Enter your name."))])
    language = SelectField(
        lazy_gettext("Language"),
        choices=languages,
        validate_choice=False,
        description=lazy_gettext("The language of pages and of your e-mail. Assistants always get English."),
    )
    time_zone = SelectField(
        lazy_gettext("Time zone"),
        choices={name: name for name in zone_names()},
        validate_choice=False,
        description=lazy_gettext(
            "Days and times on pages and in your e-mail are in this time zone. Files for programs have UTC."
        ),
    )


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Answer:
    person = hold_still(g.login_session.user)
    # What is shown is what applies, also where nothing is stored yet.
    shown = {"time_zone": person.time_zone or "UTC", "language": person.language or current_language()}
    form = PersonForm(name=person.name, **shown)

    def save() -> Saved:
        change_person(person, form.name.data or "", form.time_zone.data or person.time_zone, form.language.data)
        refresh()
        return Saved(_("Your profile was saved."), url_for(".profile"))

    def show() -> str:
        own = own_profile(g.member, person.email)
        return render_template(
            "settings/profile.html", form=form, elsewhere=zone_of_browser(unlike=person.time_zone), own=own
        )

    return handle_edit(form, show, save)


def own_profile(member: Member | None, email: str) -> Profile | None:
    """The profile with this person's address in the current account, if they may see it."""
    if member is None or not member.may(Permission.SEE_PROFILES):
        return None
    return Profile.by_email(member.account_id, email)
