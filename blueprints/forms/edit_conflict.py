"""Edit conflicts: when somebody else saved the same thing since a form was opened, show what changed and never overwrite it unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import Field

from blueprints.forms.base import Form

OPENED = "opened_with"
"""The hidden field with the values that a form was opened with."""
LOOK_AGAIN = (
    "Nothing was saved. This was changed while you were editing, in another window or by somebody else. Your edits are kept. "
    "Review them and save again."
)
Values = dict[str, list[str]]


def opened_with(form: Form) -> str:
    """The values for the hidden field; `form` has the current ones."""
    return json.dumps(values_of(form), sort_keys=True)


def values_of(form: Form) -> Values:
    return {field.name: as_sent(field.data) for field in form if field.type != "CSRFTokenField"}


def as_sent(value: Any) -> list[str]:
    """A value as a browser sends it, sorted."""
    if value is None or isinstance(value, bool):
        return ["y"] if value else []
    return words(value if isinstance(value, (list, tuple)) else [value])


def words(sent: Iterable[Any]) -> list[str]:
    return sorted(word for each in sent for word in str(each).split())


@dataclass(frozen=True)
class EditConflict:
    """The values entered in a form, those it was opened with, and the current ones."""

    opened: Mapping[str, list[str]]
    entered: Values
    present: Values

    @classmethod
    def of(cls, present: Form) -> EditConflict:
        """For the submitted form; `present` has the current values."""
        now = values_of(present)
        entered = {name: words(request.form.getlist(name)) for name in now}
        return cls(values_in(request.form.get(OPENED, "")), entered, now)

    @property
    def changed(self) -> list[str]:
        """The fields in which this save would undo another person's change."""
        return [
            name for name, now in self.present.items() if self.opened.get(name) != now and self.entered[name] != now
        ]

    def typed(self, name: str) -> bool:
        """Whether the sender changed this field, rather than left it as it was."""
        return name in self.opened and self.opened[name] != self.entered[name]

    @property
    def merged(self) -> MultiDict[str, str]:
        """The form to show again: current values, and what was entered."""
        kept = {name: request.form.getlist(name) if self.typed(name) else now for name, now in self.present.items()}
        return MultiDict([(OPENED, ""), *((name, value) for name, values in kept.items() for value in values)])

    def tell(self, form: Form) -> None:
        """Explain at the top, and on each field, what changed since the form was opened."""
        form.form_errors.append(LOOK_AGAIN)
        for name in self.changed:
            field = form[name]
            changed = f"{field.label.text} was changed to {format_value(field, self.present[name])}"
            told = f"{changed}. Your entry is kept." if self.typed(name) else f"{changed}."
            field.errors = [*field.errors, told]


def format_value(field: Field, values: list[str]) -> str:
    """A value in words."""
    if field.type == "BooleanField":
        return "selected" if values else "not selected"
    labels = dict(getattr(field, "choices", None) or ())
    return ", ".join(labels.get(value, value) for value in values) or "nothing"


def values_in(sent: str) -> Values:
    """The values in the hidden field; empty if it is not one of ours, so that every value counts as changed."""
    try:
        found = json.loads(sent)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
