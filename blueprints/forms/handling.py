"""What every view with a form does: show it, save it, or show it again with its errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, request
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from blueprints.forms.base import Form
from blueprints.forms.edit_conflict import EditForm
from models.database import db
from models.errors import Invalid, NotAllowed

NOTHING_TO_SAVE = lazy_gettext("You made no changes, so there was nothing to save.")
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Saved:
    """The form was saved: the message to show, and the page to go to."""

    said: str
    to: str


def handle_form(form: Form, show: Callable[[], str], save: Callable[[], Saved | Answer]) -> Answer:
    """Show the form on GET. On POST save, commit and redirect; if a field or a rule refuses it, save nothing and show the form again."""
    if request.method != "POST":
        return show()
    try:
        if form.validate():
            return finish(save())
    except (Invalid, NotAllowed) as problem:
        db.session.rollback()
        form.refuse(problem)
    return show(), 400


def handle_edit(form: EditForm, show: Callable[[], str], save: Callable[[], Saved | Answer]) -> Answer:
    """The same for an edit form. If another person changed a value since the form was opened, save nothing and show both (409).
    If it would change nothing, save nothing and say so."""

    def save_changes() -> Saved | Answer:
        if form.overtaken:
            form.show_both()
            return show(), 409
        if form.unchanged:
            flash(str(NOTHING_TO_SAVE))
            return redirect(request.path)
        return save()

    return handle_form(form, show, save_changes)


def finish(done: Saved | Answer) -> Answer:
    db.session.commit()
    if not isinstance(done, Saved):
        return done
    flash(done.said, "good")
    return redirect(done.to)
