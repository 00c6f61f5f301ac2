"""The forms of invitations and shared links. The rules for each field are in models; here are their labels and hints."""

from __future__ import annotations

from wtforms import EmailField, FileField, StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.forms.base import Form, follows, if_given
from models.assessments import note_of
from models.profiles import alias_key, first_name_of, last_name_of
from models.text import email_address


def note_field() -> TextAreaField:
    """The member's message to the person invited."""
    about = "Shown in the e-mail with your name. Plain text, at most 1,000 characters."
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
        description="The id of this person in another of your systems.",
    )
    note = note_field()


class InvitationFileForm(Form):
    file = FileField("CSV file", [InputRequired("Choose a file.")])
    note = note_field()


class LinkForm(Form):
    custom_id = StringField(
        "Custom id",
        [if_given, follows(alias_key)],
        description="For a link that one person uses. Their id in another of your systems.",
    )
