"""The user profile: a person's name, language and time zone."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, refresh
from markupsafe import Markup, escape
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import Select

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


class LongSelect(Select):
    """A choice of hundreds: with attributes for each option, WTForms would take two thirds of the time of this page."""

    # Its published types are those of an earlier WTForms.
    @classmethod
    def render_option(cls, choice: Any, **_kwargs: Any) -> Markup:  # type: ignore[override]
        selected = " selected" if choice.selected else ""
        option = f'<option value="{escape(choice.value)}"{selected}>{escape(choice.label)}</option>'
        return Markup(option)  # noqa: S704 -- its parts are escaped


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
        widget=LongSelect(),
        description=lazy_gettext(
            "Days and times on pages and in your e-mail are in this time zone. Files for programs have UTC."
        ),
    )
    weekly_digest = BooleanField(
        lazy_gettext("Weekly e-mail about your apps"),
        description=lazy_gettext(
            "On Mondays: what each of your connected apps did, how many people it read about, and what was refused. "
            "There is none after a week without calls."
        ),
    )


class OwnerForm(PersonForm):
    whole_digest = BooleanField(
        lazy_gettext("Include every app of this account"),
        description=lazy_gettext("As an Owner, you can get the same about the apps of all members."),
    )


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Answer:
    person = hold_still(g.login_session.user)
    # What is shown is what applies, also where nothing is stored yet.
    shown = {"time_zone": person.time_zone or "UTC", "language": person.language or current_language()}
    owner = g.member if g.member and g.member.may(Permission.MANAGE_CONNECTIONS) else None
    chosen = {"weekly_digest": person.weekly_digest, "whole_digest": owner is not None and owner.whole_digest}
    form = (OwnerForm if owner else PersonForm)(name=person.name, **shown, **chosen)

    def save() -> Saved:
        zone, digest = form.time_zone.data or person.time_zone, form.weekly_digest.data
        change_person(person, form.name.data or "", zone, form.language.data, digest)
        if isinstance(form, OwnerForm) and owner:
            owner.whole_digest = form.whole_digest.data
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
