"""What every form shares: text that both databases accept, and errors from the rules in models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.i18n import DummyTranslations
from wtforms.validators import StopValidation, ValidationError

from blueprints.auth.csrf import FormToken
from blueprints.web.request_context import clean
from models.errors import Invalid, Problem

CHOOSE = lazy_gettext("Choose one of the values offered here.")
# WTForms' own messages say what is wrong; a person needs to know what to do.
SENTENCES = {
    "Not a valid integer value.": lazy_gettext("Enter a whole number, such as 100."),
    "Not a valid date value.": lazy_gettext("Enter a day as year, month and day, such as 2026-07-28."),
    "Invalid Choice: could not coerce.": CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": CHOOSE,
    "Not a valid choice.": CHOOSE,
    "This field is required.": lazy_gettext("Fill in this field."),
}


class Sentences(DummyTranslations):
    """WTForms' messages, in our words."""

    def gettext(self, string: str) -> str:
        return str(SENTENCES.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:  # noqa: ARG002
        # Of choices that are not offered; the values in it are not meant for people.
        return str(CHOOSE)


class Form(FlaskForm):
    """A form whose errors come both from its fields and from the rules in models, shown in the same place."""

    class Meta(FlaskForm.Meta):
        csrf_class = FormToken

        def get_translations(self, _form: BaseForm) -> Sentences:
            return Sentences()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all fields are valid, as far as the form can tell."""
        fine = bool(super().validate(extra_validators))
        for field in self:
            if isinstance(field.data, str) and not clean(field.data):
                field.errors = [
                    *field.errors,
                    _("%(field)s has a character that is not allowed.", field=field.label.text),
                ]
                fine = False
        return fine

    def refuse(self, problem: Problem) -> None:
        """Show a rule's message on its field, or on the form if there is no such field."""
        field = self._fields.get(problem.field) if isinstance(problem, Invalid) else None
        if field is None:
            self.form_errors.append(problem.message)
        else:
            field.errors = [*field.errors, problem.message]


def follows(rule: Callable[[str], Any]) -> Callable[[Form, Field], None]:
    """A validator that asks a rule in models, so that all invalid fields are reported together."""

    def validate(_form: Form, field: Field) -> None:
        try:
            rule(field.data or "")
        except Invalid as problem:
            raise ValidationError(problem.message) from None

    return validate


def if_given(_form: Form, field: Field) -> None:
    """Skip further checks on a field that was left empty."""
    if not (field.data or "").strip():
        raise StopValidation
