"""The forms of profiles and tags. The rules for each field are in models; here are their labels and hints."""

from __future__ import annotations

from wtforms import EmailField, RadioField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired

from blueprints.forms.base import follows, if_given
from blueprints.forms.edit_conflict import EditForm
from models.profiles import alias_key, first_name_of, last_name_of, phone_of, tag_label
from models.profiles.tag import COLORS
from models.text import email_address, plain


class ProfileForm(EditForm):
    email = EmailField("E-mail", [InputRequired("Enter an e-mail address."), follows(email_address)])
    first_name = StringField("First name", [follows(first_name_of)])
    last_name = StringField("Last name", [follows(last_name_of)])
    phone = TelField("Phone", [follows(phone_of)])
    custom_id = StringField(
        "Custom id",
        [if_given, follows(alias_key)],
        description="The id of this person in another of your systems. Apps can find the profile by it.",
    )


class TagForm(EditForm):
    label = StringField(
        "Label",
        [DataRequired("Enter a label."), follows(tag_label)],
        filters=[lambda typed: typed if plain(typed or "") else ""],
    )
    color = RadioField(
        "Colour", [InputRequired("Choose a colour.")], choices={color: color.capitalize() for color in COLORS}
    )
