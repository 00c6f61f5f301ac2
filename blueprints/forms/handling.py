"""What every view with a form does: show it, save what was sent, or show it again with what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from blueprints.forms.base import Form
from blueprints.forms.edit_conflict import EditForm
from models.database import db
from models.errors import Invalid, NotAllowed

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Saved:
    """What was sent is saved: what to say of it, and the page to go on to."""

    said: str
    to: str


def handle_form(form: Form, show: Callable[[], str], save: Callable[[], Saved | Answer]) -> Answer:
    """Show the form; or save what was sent, commit and go on. Where a field or a rule refuses it, keep nothing and show it again."""
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
    """The same for what exists already. Where somebody else changed it since the form was opened, show both before anything is saved."""

    def save_unless_overtaken() -> Saved | Answer:
        if form.overtaken:
            form.show_both()
            return show(), 409
        return save()

    return handle_form(form, show, save_unless_overtaken)


def finish(done: Saved | Answer) -> Answer:
    db.session.commit()
    if not isinstance(done, Saved):
        return done
    flash(done.said, "good")
    return redirect(done.to)
