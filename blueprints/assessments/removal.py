"""Decline to answer, or ask to be removed: two different things, with a page each."""

from __future__ import annotations

from flask import redirect, render_template
from werkzeug.wrappers import Response

from blueprints.assessments import bp
from blueprints.assessments.link_access import Page, entry_page_url, start_page_url, visit_by
from blueprints.auth.access_control import public
from models.database import db
from models.errors import NotAllowed


@bp.get("/a/<secret>/declining")
@public
def declining(secret: str) -> Page:
    visit = visit_by(secret)
    if not (visit.may_decline or visit.leaves_nothing):
        return redirect(start_page_url(visit))
    return render_template("assessments/declining.html", visit=visit)


@bp.post("/a/<secret>/declining")
@public
def decline(secret: str) -> Response:
    """End the invitation. The profile stays; to have it deleted, the person asks to be removed."""
    visit = visit_by(secret)
    try:
        visit.decline()
        db.session.commit()
    except NotAllowed:
        # They finished at this very moment: the start page shows the result.
        db.session.rollback()
    return redirect(entry_page_url(visit))


@bp.get("/a/<secret>/removal")
@public
def removal(secret: str) -> Page:
    visit = visit_by(secret)
    if not visit.may_withdraw:
        return redirect(start_page_url(visit))
    return render_template("assessments/removal.html", visit=visit)


@bp.post("/a/<secret>/removal")
@public
def ask_for_removal(secret: str) -> Page | Response:
    visit = visit_by(secret)
    leaves_nothing = visit.leaves_nothing
    try:
        if visit.may_withdraw:
            visit.withdraw()
            db.session.commit()
    except NotAllowed:
        # They finished at this very moment: the start page shows the result, where they can ask to be removed.
        db.session.rollback()
        return redirect(start_page_url(visit))
    if leaves_nothing:
        return render_template("assessments/gone.html", visit=visit)
    return redirect(entry_page_url(visit))
