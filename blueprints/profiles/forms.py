"""The forms of profiles and tags. The rules for each field are in models; here are their labels and hints."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import EmailField, RadioField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired

from blueprints.forms.base import follows, if_given
from blueprints.forms.edit_conflict import EditForm
from models.profiles import alias_key, first_name_of, last_name_of, phone_of, tag_label
from models.profiles.tag import COLORS
from models.text import email_address, plain

COLOR_NAMES = {
    "emerald": lazy_gettext("Emerald"),
    "red": lazy_gettext("Red"),
    "yellow": lazy_gettext("Yellow"),
    "orange": lazy_gettext("Orange"),
    "blue": lazy_gettext("Blue"),
    "indigo": lazy_gettext("Indigo"),
    "purple": lazy_gettext("Purple"),
    "pink": lazy_gettext("Pink"),
    "zinc": lazy_gettext("Zinc"),
}


class ProfileForm(EditForm):
    email = EmailField(
        lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter an e-mail address.")), follows(email_address)]
    )
    first_name = StringField(lazy_gettext("First name"), [follows(first_name_of)])
    last_name = StringField(lazy_gettext("Last name"), [follows(last_name_of)])
    phone = TelField(lazy_gettext("Phone"), [follows(phone_of)])
    custom_id = StringField(
        lazy_gettext("Custom id"),
        [if_given, follows(alias_key)],
        description=lazy_gettext("The id of this person in another of your systems. Apps can find the profile by it."),
    )


class TagForm(EditForm):
    label = StringField(
        lazy_gettext("Label"),
        [DataRequired(lazy_gettext("Enter a label.")), follows(tag_label)],
        filters=[lambda typed: typed if plain(typed or "") else ""],
    )
    color = RadioField(
        lazy_gettext("Colour"),
        [InputRequired(lazy_gettext("Choose a colour."))],
        choices=lambda: {color: str(COLOR_NAMES[color]) for color in COLORS},
    )
