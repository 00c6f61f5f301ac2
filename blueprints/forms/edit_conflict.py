"""Forms that notice when another person saves the same thing: both versions are shown before anything is overwritten."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy import inspect
from wtforms import Field, HiddenField
from wtforms.widgets import HiddenInput

from blueprints.forms.base import Form
from models.database import Base, db
from models.errors import NotFound

LOOK_AGAIN = lazy_gettext(
    "Nothing was saved. This was changed while you were editing, in another window or by somebody else. Your edits are kept. "
    "Review them and save again."
)
CHANGED = lazy_gettext("%(field)s was changed to %(value)s.")
CHANGED_TOO = lazy_gettext("%(field)s was changed to %(value)s. Your entry is kept.")
Row = TypeVar("Row", bound=Base)


def hold_still(row: Row) -> Row:
    """The row that a form edits. For a save it is locked and read again, so that the form is compared with the current values."""
    if request.method != "POST":
        return row
    model, identity = type(row), inspect(row).identity
    # The lock of an UPDATE, on this table alone: rows with a foreign key to this one can still be written.
    lock = {"key_share": True, "of": model}
    found = db.session.get(model, identity, with_for_update=lock, populate_existing=True)
    if found is None:
        raise NotFound(_("This was deleted."))
    return found


class Unseen(HiddenInput):
    """A hidden input without an id, because a page with two forms would have it twice."""

    def __call__(self, field: Field, **_given: Any) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(field.name, field.data or "")


class EditForm(Form):
    """A form that edits something. It carries the values that it was opened with, and notices what changed since."""

    opened_with = HiddenField(widget=Unseen())

    def process(self, *args: Any, **given: Any) -> None:
        super().process(*args, **given)
        if self.opened_with.raw_data is None:
            self.remember_stored()

    def remember_stored(self) -> None:
        """Take the current values as those that the form was opened with."""
        stored = {field.name: as_sent(field.object_data) for field in self.inputs}
        self.opened_with.data = json.dumps(stored, sort_keys=True)

    @property
    def inputs(self) -> list[Field]:
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    @property
    def overtaken(self) -> list[Field]:
        """The fields in which this save would undo another person's change."""
        opened = values_in(self.opened_with.data)
        return [
            field
            for field in self.inputs
            if as_sent(field.object_data) not in (opened.get(field.name), as_sent(field.raw_data))
        ]

    @property
    def unchanged(self) -> bool:
        """Whether this save would change nothing."""
        return all(as_sent(field.object_data) == as_sent(field.raw_data) for field in self.inputs)

    def show_both(self) -> None:
        """Keep what was entered, fill in the current values elsewhere, and explain on each field what changed since the form was opened."""
        opened, overtaken = values_in(self.opened_with.data), self.overtaken
        self.form_errors.append(str(LOOK_AGAIN))
        for field in self.inputs:
            typed = field.name in opened and opened[field.name] != as_sent(field.raw_data)
            if field in overtaken:
                said = CHANGED_TOO if typed else CHANGED
                field.errors = [*field.errors, str(said) % {"field": field.label.text, "value": in_words(field)}]
            if not typed:
                field.raw_data = None
                field.process(None, field.object_data)
        self.remember_stored()


def as_sent(value: Any) -> list[str]:
    """A value as a browser sends it: choices sorted, lines without spaces at their ends."""
    if value is None or isinstance(value, bool):
        return ["y"] if value else []
    texts = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return sorted(filter(None, ("\n".join(map(str.strip, str(text).splitlines())).strip() for text in texts)))


def in_words(field: Field) -> str:
    """The current value of a field, in words."""
    values = as_sent(field.object_data)
    if field.type == "BooleanField":
        return str(_("selected") if values else _("not selected"))
    labels = dict(getattr(field, "choices", None) or ())
    return ", ".join(str(labels.get(value, value)) for value in values).replace("\n", ", ") or _("nothing")


def values_in(sent: str | None) -> dict[str, Any]:
    """The values in the hidden field; empty if it is not one of ours, so that every value counts as changed."""
    try:
        found = json.loads(sent or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
