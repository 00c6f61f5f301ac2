"""The forms of profiles and tags. What may stand in a field is decided in models; here it is only said beside the field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms import EmailField, Field, FileField, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, StopValidation, ValidationError

from blueprints.forms.base import Form
from models.assessments.invitation import note_of
from models.errors import Invalid
from models.profiles.alias import alias_key
from models.profiles.profile import first_name_of, last_name_of, phone_of
from models.profiles.tag import COLORS, tag_label
from models.text import email_address


def follows(rule: Callable[[str], Any]) -> Callable[[Form, Field], None]:
    """A validator that asks a rule of the product, so that every faulty field is named at once and not only the first."""

    def validate(_form: Form, field: Field) -> None:
        try:
            rule(field.data or "")
        except Invalid as problem:
            raise ValidationError(problem.message) from None

    return validate


def if_given(_form: Form, field: Field) -> None:
    """Nothing further to check on a field that was left empty."""
    if not (field.data or "").strip():
        raise StopValidation


class ProfileForm(Form):
    email = EmailField("E-mail", [InputRequired("Enter an e-mail address."), follows(email_address)])
    first_name = StringField("First name", [follows(first_name_of)])
    last_name = StringField("Last name", [follows(last_name_of)])
    phone = TelField("Phone", [follows(phone_of)])
    custom_id = StringField(
        "Custom id",
        [if_given, follows(alias_key)],
        description="The number or name by which another system of yours knows this person. Apps find the profile by it.",
    )


def note_field() -> TextAreaField:
    """What a member writes to whoever is invited."""
    about = "Stands in the mail, under your name. Plain text, at most 1,000 characters."
    return TextAreaField("Note", [follows(note_of)], description=about)


class NoteForm(Form):
    note = note_field()


class InvitationForm(Form):
    email = EmailField("E-mail", [InputRequired("Enter an e-mail address."), follows(email_address)])
    first_name = StringField("First name", [follows(first_name_of)])
    last_name = StringField("Last name", [follows(last_name_of)])
    custom_id = StringField(
        "Custom id",
        [if_given, follows(alias_key)],
        description="The number or name by which another system of yours knows this person.",
    )
    note = note_field()


class InvitationFileForm(Form):
    file = FileField("CSV file", [InputRequired("Choose a file.")])
    note = note_field()


class LinkForm(Form):
    custom_id = StringField(
        "Custom id",
        [if_given, follows(alias_key)],
        description="For a link that one person will use: the number or name by which another system of yours knows them.",
    )


class TagForm(Form):
    label = StringField("Label", [InputRequired("Enter a label."), follows(tag_label)])
    color = RadioField(
        "Colour", [InputRequired("Choose a colour.")], choices={color: color.capitalize() for color in COLORS}
    )
