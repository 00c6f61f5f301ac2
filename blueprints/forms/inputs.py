"""What addresses and plain forms carry, read once and checked: a choice, an id, ticked profiles, the page to go back to."""

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
    """One of these; the first where nothing was said."""
    value = given.get(field) or choices[0]
    if value not in choices:
        raise Invalid(field, f"This list has no such {field}.")
    return value


def read_id(field: str, value: str) -> uuid.UUID:
    """An id from a form or an address; raises `Invalid` where it is none."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Invalid(field, f"This is not the id of a {field}.") from None


def chosen_profiles() -> set[uuid.UUID]:
    """The ids of the profiles whose boxes were ticked."""
    chosen = {read_id("profile", value) for value in request.form.getlist("profile")}
    if len(chosen) > MOST_PROFILES:
        raise Invalid("profile", f"Choose at most {MOST_PROFILES} profiles at once.")
    return chosen


def redirect_back(default: str) -> Response:
    """To the page of ours that the form was on, or to this one."""
    return redirect(safe_next(request.form.get("next")) or default)
