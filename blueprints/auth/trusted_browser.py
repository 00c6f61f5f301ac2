"""A browser in which somebody signed in before is known by a cookie: whoever guesses at their password cannot keep them out of it."""

from __future__ import annotations

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from models.accounts import User
from models.secrets import keyed_digest, same

MOST_PEOPLE = 5
YEAR = 365 * 24 * 3600


def remember(person: User) -> None:
    """Let this browser be known as one of this person's, by a mark that ends with their password."""
    marks = [mark_of(person), *(mark for mark in marks_here() if not same(mark, mark_of(person)))][:MOST_PEOPLE]

    @after_this_request
    def keep(response: Response) -> Response:
        config = current_app.config
        response.set_cookie(
            name(), ".".join(marks), max_age=YEAR, secure=config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
        )
        return response


def knows(person: User) -> bool:
    """Whether this person signed in here before."""
    return any(same(mark, mark_of(person)) for mark in marks_here())


def marks_here() -> list[str]:
    sent = request.cookies.get(name(), "")
    return sent.split(".")[:MOST_PEOPLE] if sent else []


def mark_of(person: User) -> str:
    # Nothing is stored for it: only this server can make the mark, and with a new password it is another.
    return keyed_digest("known browser", [str(person.id), person.password_hash])


def name() -> str:
    """The cookie's name, with the prefix by which browsers hold it to this host where there is https."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"
