"""What every form of a page shares: text that both databases take, and room for what a rule of the product says of a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import StopValidation, ValidationError

from blueprints.auth.csrf import FormToken
from blueprints.web.request_context import clean
from models.errors import Invalid, Problem


class Form(FlaskForm):
    """A form whose errors come from its fields and from the rules in models alike; both are shown in the same place."""

    class Meta(FlaskForm.Meta):
        csrf_class = FormToken

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all fields are acceptable, as far as a form can tell."""
        fine = bool(super().validate(extra_validators))
        for field in self:
            if isinstance(field.data, str) and not clean(field.data):
                field.errors = [*field.errors, f"{field.label.text} has a character that is not allowed."]
                fine = False
        return fine

    def refuse(self, problem: Problem) -> None:
        """Show what a rule said, on the field that it is about; on the form where it has no such field."""
        field = self._fields.get(problem.field) if isinstance(problem, Invalid) else None
        if field is None:
            self.form_errors.append(problem.message)
        else:
            field.errors = [*field.errors, problem.message]


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
