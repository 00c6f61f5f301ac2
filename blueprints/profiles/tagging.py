"""Tagging: add a tag to several profiles, or remove it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, safe_next
from blueprints.forms.inputs import at_most_profiles, chosen_profiles, read_id, redirect_back
from blueprints.profiles import bp
from blueprints.profiles.search import given_ids
from models.database import db
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
    db.session.commit()
    flash(f"{people(new)} now {'has' if new == 1 else 'have'} the tag {tag.label}{already(len(chosen) - new)}.", "good")
    return back()


@bp.post("/profiles/untagging")
@allowed(Permission.MANAGE_TAGS)
def untag_profiles() -> Response:
    chosen = chosen_profiles()
    if not (chosen and request.form.get("tag")):
        return ask_to_choose(chosen)
    tag = Tag.find(current_account_id(), read_id("tag", request.form["tag"]))
    taken = tag.take_off(chosen)
    db.session.commit()
    flash(f"The tag {tag.label} was removed from {people(taken)}.", "good")
    if gone := len(hidden_among(tag.account_id, chosen)):
        flash("You no longer see 1 of them." if gone == 1 else f"You no longer see {gone} of them.")
        # The form may be on the page of somebody who is hidden now.
        return redirect(url_for(".profiles"))
    return back()


def ask_to_choose(chosen: set[uuid.UUID]) -> Response:
    flash("Choose a tag first." if chosen else "Choose at least one profile first.", "danger")
    return back()


def back() -> Response:
    return redirect_back(url_for(".profiles"))


def people(count: int) -> str:
    return "1 profile" if count == 1 else f"{count} profiles"


def already(count: int) -> str:
    if not count:
        return ""
    return f"; {count} had it already"
