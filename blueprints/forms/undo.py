"""Pages that take changes back: they show what would be done, and do exactly that."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from blueprints.forms.undo_sentences import describe
from models.accounts import Member
from models.database import db
from models.errors import NotAllowed
from models.undo import Changes, OutdatedPlan, entry_of_request, plan_for, take_back


def answer_plan(
    changes: Changes, member: Member, back: str, show: Callable[..., str]
) -> str | Response | tuple[str, int]:
    """Show what would be done; on POST do it, or show it again if it has changed since (409)."""
    if request.method != "POST":
        return show_plan(changes, member, show)
    try:
        done = take_back(changes, member, request.form.get("shown", ""))
        said = (
            _("Taken back, except what others have changed since.")
            if done.conflicts
            else _("Everything was taken back.")
        )
        commit_and_say(said, _("Do it again"))
    except OutdatedPlan as outdated:
        db.session.rollback()
        return show_plan(changes, member, show, outdated.message), 409
    except NotAllowed as refused:
        db.session.rollback()
        return show_plan(changes, member, show, refused.message), 400
    return redirect(back)


def show_plan(changes: Changes, member: Member, show: Callable[..., str], problem: str = "") -> str:
    plan = plan_for(changes, member)
    return show(plan=plan, described=describe(plan), problem=problem)


def commit_and_say(said: str, link: str = "") -> None:
    """Commit, and say what was done, with a link that takes it back."""
    entry_id = entry_of_request()
    db.session.commit()
    if entry_id is None:
        flash(said, "good")
        return
    back = Markup('<a href="{}">{}</a>').format(url_for("settings.undo", entry_id=entry_id), link or _("Take it back"))
    flash(escape(said) + " " + back, "good")
