"""Resolves a link to its visit, or to a page that explains why it leads nowhere."""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response

from blueprints.web import errors
from models.assessments import Link, Sitting, Visit, VisitState
from models.database import enter_account
from models.errors import NotFound, Problem
from models.request_scope import current_scope

Page = str | Response | tuple[str, int]

UNKNOWN = (
    "This link isn't valid",
    "Check that you copied the whole link, or ask the person who sent it for a new one.",
)


class NowhereToGo(NotFound):
    """The link is unknown."""

    def __init__(self) -> None:
        super().__init__("This link is not valid.")


def visit_by(secret: str) -> Visit:
    """Resolve a link and enter its account. Raises `NowhereToGo`."""
    link = Link.read(secret)
    if link is None:
        raise NowhereToGo
    enter_account(link.account_id)
    # Answering is anonymous: people were promised that only scores are stored, not their network or browser.
    current_scope().hide_origin()
    try:
        return Visit.by(link)
    except NotFound:
        raise NowhereToGo from None


def sitting_of(visit: Visit) -> Sitting | None:
    """The sitting that the person can answer now; None if there is none."""
    return visit.sitting if visit.state == VisitState.ANSWERING else None


def start_page_url(visit: Visit) -> str:
    """The start page of the link, which shows its state."""
    return url_for("assessments.door", secret=visit.link.secret)


def unknown_link_page(_problem: Problem) -> tuple[str, int]:
    return errors.page(404, *UNKNOWN)


def ended_page(visit: Visit) -> tuple[str, int]:
    """The page that explains why the link cannot be used."""
    return render_template("assessments/ended.html", visit=visit, why=visit.state), 410
