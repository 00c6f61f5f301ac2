"""The time zone of the reader: the one of their profile, else what the browser says in a cookie (static/js/time.js), else UTC."""

from __future__ import annotations

from datetime import UTC, date, tzinfo

from flask import g, has_request_context, request

from models.accounts import User
from models.database import db, now, writing
from models.text import zone_called

COOKIE = "time_zone"


def reader_zone() -> tzinfo:
    """The time zone in which the reader of this response reads and types days and times."""
    if not has_request_context():
        return UTC
    person = g.get("_login_user")
    if isinstance(person, User) and person.time_zone:
        return person.zone
    return zone_called(request.cookies.get(COOKIE)) or UTC


def today() -> date:
    """The day that it is for the reader, as files are named."""
    return now().astimezone(reader_zone()).date()


def zone_of_browser(unlike: str | None) -> str | None:
    """The name of the browser's time zone, if it is another one."""
    name = request.cookies.get(COOKIE)
    return name if name != unlike and zone_called(name) else None


def learn_time_zone(person: User) -> None:
    """Store the browser's time zone for a person who has none yet. It never replaces one."""
    name = zone_of_browser(unlike=None)
    if person.time_zone is None and name:
        unknown = db.update(User).where(User.id == person.id, User.time_zone.is_(None))
        with writing():
            db.session.execute(unknown.values(time_zone=name))
