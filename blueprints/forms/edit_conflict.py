"""Forms that stand open while somebody saves the same thing elsewhere: both are shown, and nothing is undone unseen."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from flask import request
from markupsafe import Markup
from sqlalchemy import inspect
from wtforms import Field, HiddenField
from wtforms.widgets import HiddenInput

from blueprints.forms.base import Form
from models.database import Base, db
from models.errors import NotFound

LOOK_AGAIN = (
    "Nothing was saved. This was changed while you were editing, in another window or by somebody else. Your edits are kept. "
    "Review them and save again."
)
Row = TypeVar("Row", bound=Base)


def hold_still(row: Row) -> Row:
    """The row that a form edits. When it is saved, it is read again once nobody else can change it before that is through."""
    if request.method != "POST":
        return row
    # As an UPDATE locks it: what only refers to this row can still be written.
    found = db.session.get(
        type(row), inspect(row).identity, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise NotFound("This was deleted.")
    return found


class Unseen(HiddenInput):
    """A hidden input without an id, of which a page with two forms would have two."""

    def __call__(self, field: Field, **_given: Any) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(field.name, field.data or "")


class EditForm(Form):
    """A form for something that exists. It carries the values that it was opened with, and so notices what was changed since."""

    opened_with = HiddenField(widget=Unseen())

    def process(self, *args: Any, **given: Any) -> None:
        super().process(*args, **given)
        if self.opened_with.raw_data is None:
            self.remember_stored()

    def remember_stored(self) -> None:
        """From here on, what is stored now is what the form was opened with."""
        stored = {field.name: as_sent(field.object_data) for field in self.inputs}
        self.opened_with.data = json.dumps(stored, sort_keys=True)

    @property
    def inputs(self) -> list[Field]:
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    @property
    def overtaken(self) -> list[Field]:
        """The fields whose change elsewhere this save would undo."""
        opened = values_in(self.opened_with.data)
        return [
            field
            for field in self.inputs
            if as_sent(field.object_data) not in (opened.get(field.name), as_sent(field.raw_data))
        ]

    def show_both(self) -> None:
        """Show what was entered here, what is stored now where nothing was entered, and in words what was changed elsewhere."""
        opened, overtaken = values_in(self.opened_with.data), self.overtaken
        self.form_errors.append(LOOK_AGAIN)
        for field in self.inputs:
            typed = field.name in opened and opened[field.name] != as_sent(field.raw_data)
            if field in overtaken:
                changed = f"{field.label.text} was changed to {in_words(field)}."
                field.errors = [*field.errors, f"{changed} Your entry is kept." if typed else changed]
            if not typed:
                field.raw_data = None
                field.process(None, field.object_data)
        self.remember_stored()


def as_sent(value: Any) -> list[str]:
    """A value as a browser sends it, whatever the order of choices and the ends of lines."""
    if value is None or isinstance(value, bool):
        return ["y"] if value else []
    texts = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return sorted(filter(None, ("\n".join(map(str.strip, str(text).splitlines())).strip() for text in texts)))


def in_words(field: Field) -> str:
    """What is stored in a field now."""
    values = as_sent(field.object_data)
    if field.type == "BooleanField":
        return "selected" if values else "not selected"
    labels = dict(getattr(field, "choices", None) or ())
    return ", ".join(str(labels.get(value, value)) for value in values).replace("\n", ", ") or "nothing"


def values_in(sent: str | None) -> dict[str, Any]:
    """The values in a hidden field; nothing where that is not of our making, so that every value counts as changed."""
    try:
        found = json.loads(sent or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
