"""Values from addresses and simple forms, read and checked in one place: a choice, an id, ticked profiles, the page to return to."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from blueprints.auth.access_control import safe_next
from models.errors import Invalid

MOST_TAGS = 20
MOST_PROFILES = 100
SHORT = 22


def choice(field: str, given: MultiDict[str, str], choices: tuple[str, ...]) -> str:
    """One of these choices; the first if none was given."""
    value = given.get(field) or choices[0]
    if value not in choices:
        raise Invalid(field, _("This is not one of the choices in this list."))
    return value


def read_id(field: str, value: str) -> uuid.UUID:
    """An id from a form or an address; raises `Invalid` if it is not a UUID."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Invalid(field, _("This link is incomplete. Go back and try again.")) from None


def short_id(id_: uuid.UUID) -> str:
    """An id in 22 characters, for addresses that name many."""
    return base64.urlsafe_b64encode(id_.bytes).rstrip(b"=").decode()


def read_short_id(field: str, value: str) -> uuid.UUID:
    """An id in 22 characters or as usual; raises `Invalid` if it is neither."""
    if len(value) != SHORT:
        return read_id(field, value)
    try:
        return uuid.UUID(bytes=base64.b64decode(value + "==", altchars=b"-_", validate=True))
    except ValueError:
        raise Invalid(field, _("This link is incomplete. Go back and try again.")) from None


def chosen_profiles() -> set[uuid.UUID]:
    """The ids of the ticked profiles."""
    return set(at_most_profiles([read_id("profile", value) for value in request.form.getlist("profile")]))


def at_most_profiles(ids: Iterable[uuid.UUID]) -> tuple[uuid.UUID, ...]:
    """These ids, each once; raises `Invalid` if there are more than a form or an address can hold."""
    chosen = tuple(dict.fromkeys(ids))
    if len(chosen) > MOST_PROFILES:
        raise Invalid("profile", _("Choose at most %(most)s profiles at once.", most=MOST_PROFILES))
    return chosen


def chosen_tags() -> list[uuid.UUID]:
    """The ids of the ticked tags."""
    return [read_id("tag", value) for value in request.form.getlist("tag")]


def redirect_back(default: str) -> Response:
    """Redirect to the page of ours that had the form, or to this one."""
    return redirect(safe_next(request.form.get("next")) or default)
