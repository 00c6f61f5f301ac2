"""The language of the reader: their own setting, else the one chosen at the foot of a page, else their browser's, else English."""

from __future__ import annotations

from flask import current_app, g, has_request_context, request
from werkzeug.wrappers import Response

from models.accounts import User
from models.database import db, writing
from models.text import ENGLISH, known_language

# The parameter of an address that chooses a language; the cookie that keeps the choice is called the same.
NAME = "language"
KEPT_FOR = 365 * 24 * 3600


def reader_language() -> str:
    """The language in which the reader of this response reads."""
    if not has_request_context():
        return ENGLISH
    person = g.get("_login_user")
    own = person.language if isinstance(person, User) else None
    return known_language(own) or language_of_browser() or ENGLISH


def language_of_browser() -> str | None:
    """The language chosen in this browser, or the one that it prefers; None if it says nothing that we know."""
    chosen = known_language(request.args.get(NAME)) or known_language(request.cookies.get(cookie_name()))
    return chosen or next(filter(None, map(known_language, preferred_languages())), None)


def preferred_languages() -> list[str]:
    """What the browser prefers, without regions: "de-AT, en" means German first, whose Austrian form we do not have."""
    return [tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality]


def keep_choice(response: Response) -> Response:
    """Keep the language that was just chosen by an address, for this browser."""
    if chosen := known_language(request.args.get(NAME)):
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(cookie_name(), chosen, max_age=KEPT_FOR, secure=secure, httponly=True, samesite="Lax")
    return response


def cookie_name() -> str:
    """The cookie's name, with the prefix that binds it to this host under https."""
    return f"__Host-{NAME}" if current_app.config["SESSION_COOKIE_SECURE"] else NAME


def learn_language(person: User) -> None:
    """Store the browser's language for a person who has none yet. It never replaces one."""
    language = language_of_browser() if person.language is None else None
    if language:
        unknown = db.update(User).where(User.id == person.id, User.language.is_(None))
        with writing():
            db.session.execute(unknown.values(language=language))
