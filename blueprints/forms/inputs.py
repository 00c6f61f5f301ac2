"""Values from addresses and simple forms, read and checked in one place: a choice, an id, ticked profiles, the page to return to."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from blueprints.auth.access_control import safe_next
from models.errors import Invalid

MOST_TAGS = 20
MOST_PROFILES = 100


def choice(field: str, given: MultiDict[str, str], choices: tuple[str, ...]) -> str:
    """One of these choices; the first if none was given."""
    value = given.get(field) or choices[0]
    if value not in choices:
        raise Invalid(field, f"This list has no such {field}.")
    return value


def read_id(field: str, value: str) -> uuid.UUID:
    """An id from a form or an address; raises `Invalid` if it is not a UUID."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Invalid(field, f"This is not the id of a {field}.") from None


def chosen_profiles() -> set[uuid.UUID]:
    """The ids of the ticked profiles."""
    chosen = {read_id("profile", value) for value in request.form.getlist("profile")}
    if len(chosen) > MOST_PROFILES:
        raise Invalid("profile", f"Choose at most {MOST_PROFILES} profiles at once.")
    return chosen


def chosen_tags() -> list[uuid.UUID]:
    """The ids of the ticked tags."""
    return [read_id("tag", value) for value in request.form.getlist("tag")]


def redirect_back(default: str) -> Response:
    """Redirect to the page of ours that had the form, or to this one."""
    return redirect(safe_next(request.form.get("next")) or default)
