"""A cookie marks a browser in which a person has signed in, so that guesses at their password elsewhere cannot lock them out."""

from __future__ import annotations

from collections.abc import Iterator

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from models.accounts import User
from models.secrets import keyed_digests, same

MOST_PEOPLE = 5
YEAR = 365 * 24 * 3600


def remember(person: User) -> None:
    """Mark this browser as one of this person's; the mark is valid until their password changes."""
    marks = [next(marks_of(person)), *(mark for mark in marks_here() if not is_of(person, mark))][:MOST_PEOPLE]

    @after_this_request
    def keep(response: Response) -> Response:
        config = current_app.config
        response.set_cookie(
            name(), ".".join(marks), max_age=YEAR, secure=config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
        )
        return response


def knows(person: User) -> bool:
    """Whether this person has signed in here before."""
    return any(is_of(person, mark) for mark in marks_here())


def place(person: User) -> str:
    """What failures are counted under here: all browsers that this person has signed in with, or all others."""
    return "known browsers" if knows(person) else ""


def marks_here() -> list[str]:
    sent = request.cookies.get(name(), "")
    return sent.split(".")[:MOST_PEOPLE] if sent else []


def is_of(person: User, mark: str) -> bool:
    return any(same(mark, own) for own in marks_of(person))


def marks_of(person: User) -> Iterator[str]:
    # Nothing is stored for it: only this server can create the mark, and a new password changes it.
    return keyed_digests("known browser", [str(person.id), person.password_hash])


def name() -> str:
    """The cookie's name, with the prefix that binds it to this host under https."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"
