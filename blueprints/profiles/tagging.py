"""Tagging: add a tag to several profiles, or remove it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, safe_next
from blueprints.forms.inputs import at_most_profiles, chosen_profiles, read_id, redirect_back
from blueprints.forms.undo import commit_and_say
from blueprints.profiles import bp
from blueprints.profiles.search import given_ids
from models.permissions import Permission
from models.profiles import Tag, hidden_among
from models.profiles.listing import names_of_profiles


@bp.get("/profiles/tagging")
@allowed(Permission.MANAGE_TAGS)
def choose_tag() -> str:
    """The page that asks for the tag of the people who were selected in the list."""
    account_id = current_account_id()
    ids = at_most_profiles(given_ids(request.args.get("selected", ""), []))
    return render_template(
        "profiles/tagging.html",
        people=list(names_of_profiles(account_id, ids).values()),
        tags=Tag.all_in(account_id),
        next=safe_next(request.args.get("next")) or url_for(".profiles"),
    )


@bp.post("/profiles/tagging")
@allowed(Permission.MANAGE_TAGS)
def tag_profiles() -> Response:
    chosen = chosen_profiles()
    if not (chosen and request.form.get("tag")):
        return ask_to_choose(chosen)
    tag = Tag.find(current_account_id(), read_id("tag", request.form["tag"]))
    new = tag.put_on(chosen)
    said = ngettext(
        "%(num)s profile now has the tag %(tag)s.", "%(num)s profiles now have the tag %(tag)s.", new, tag=tag.label
    )
    if already := len(chosen) - new:
        had_it = ngettext("%(num)s had it already.", "%(num)s had it already.", already)
        said = f"{said} {had_it}"
    commit_and_say(said)
    return back()


@bp.post("/profiles/untagging")
@allowed(Permission.MANAGE_TAGS)
def untag_profiles() -> Response:
    chosen = chosen_profiles()
    if not (chosen and request.form.get("tag")):
        return ask_to_choose(chosen)
    tag = Tag.find(current_account_id(), read_id("tag", request.form["tag"]))
    taken = tag.take_off(chosen)
    said = ngettext(
        "The tag %(tag)s was removed from %(num)s profile.",
        "The tag %(tag)s was removed from %(num)s profiles.",
        taken,
        tag=tag.label,
    )
    commit_and_say(said)
    if gone := len(hidden_among(tag.account_id, chosen)):
        flash(ngettext("You no longer see %(num)s of them.", "You no longer see %(num)s of them.", gone))
        # The page that the form was on may belong to a profile that is hidden now.
        return redirect(url_for(".profiles"))
    return back()


def ask_to_choose(chosen: set[uuid.UUID]) -> Response:
    flash(_("Choose a tag first.") if chosen else _("Choose at least one profile first."), "danger")
    return back()


def back() -> Response:
    return redirect_back(url_for(".profiles"))
