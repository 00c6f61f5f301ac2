"""Who has come by a link, and what there is for them instead of what they wanted."""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response

from blueprints.web import errors
from models.assessments import Link, Sitting, Standing, Visit
from models.database import enter_account
from models.errors import NotFound, Problem
from models.request_scope import current_scope

Page = str | Response | tuple[str, int]

UNKNOWN = (
    "This link isn't valid",
    "Check that you copied the whole link, or ask the person who sent it for a new one.",
)


class NowhereToGo(NotFound):
    """Nothing is behind this link, or it was never one of ours."""

    def __init__(self) -> None:
        super().__init__("This link is not valid.")


def visit_by(secret: str) -> Visit:
    """What this link opens; from here on its account is the one that is meant. Raises `NowhereToGo`."""
    link = Link.read(secret)
    if link is None:
        raise NowhereToGo
    enter_account(link.account_id)
    # Whoever answers signs in nowhere, and was promised that only scores are kept: not from where they came, or with what.
    current_scope().hide_origin()
    try:
        return Visit.by(link)
    except NotFound:
        raise NowhereToGo from None


def sitting_of(visit: Visit) -> Sitting | None:
    """The sitting in which the person can answer now; None where the link leads elsewhere."""
    return visit.sitting if visit.standing == Standing.ANSWERING else None


def to_the_door(visit: Visit) -> str:
    """Where the link says by itself how it stands."""
    return url_for("assessments.door", secret=visit.link.secret)


def nowhere(_problem: Problem) -> tuple[str, int]:
    return errors.page(404, *UNKNOWN)


def ended(visit: Visit) -> tuple[str, int]:
    """Why the link leads no further, and what to do."""
    return render_template("assessments/ended.html", visit=visit, why=visit.standing), 410
