"""The forms of invitations and shared links. The rules for each field are in models; here are their labels and hints."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import EmailField, FileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.forms.base import Form, follows, if_given
from models.assessments import note_of
from models.profiles import alias_key, first_name_of, last_name_of
from models.text import email_address, languages


def note_field() -> TextAreaField:
    """The member's message to the person invited."""
    about = lazy_gettext("Shown in the e-mail with your name. Plain text, at most 1,000 characters.")
    return TextAreaField(lazy_gettext("Note"), [follows(note_of)], description=about)


def language_field() -> SelectField:
    """The language of the e-mail: the account's, unless another one is chosen."""
    about = lazy_gettext("The language of the e-mail. The person can choose another one for the questions.")
    return SelectField(lazy_gettext("Language"), choices=languages, validate_choice=False, description=about)


class NoteForm(Form):
    language = language_field()
    note = note_field()


class InvitationForm(Form):
    email = EmailField(
        lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter an e-mail address.")), follows(email_address)]
    )
    first_name = StringField(lazy_gettext("First name"), [follows(first_name_of)])
    last_name = StringField(lazy_gettext("Last name"), [follows(last_name_of)])
    custom_id = StringField(
        lazy_gettext("Custom id"),
        [if_given, follows(alias_key)],
        description=lazy_gettext("The id of this person in another of your systems."),
    )
    language = language_field()
    note = note_field()


class InvitationFileForm(Form):
    file = FileField(lazy_gettext("CSV file"), [InputRequired(lazy_gettext("Choose a file."))])
    note = note_field()


class LinkForm(Form):
    custom_id = StringField(
        lazy_gettext("Custom id"),
        [if_given, follows(alias_key)],
        description=lazy_gettext("For a link that one person uses. Their id in another of your systems."),
    )
