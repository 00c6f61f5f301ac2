"""The last page: what is still unanswered, and finishing."""

from __future__ import annotations

from babel.lists import format_list
from flask import redirect, render_template
from werkzeug.wrappers import Response

from blueprints.assessments import bp
from blueprints.assessments.link_access import Page, sitting_of, start_page_url, visit_by
from blueprints.auth.access_control import public
from models.assessments import Answer, Ended, Finished, Given, Sitting, finish
from models.database import db
from models.errors import Invalid
from models.text import current_language, locale_of


@bp.get("/a/<secret>/completion")
@public
def completion(secret: str) -> Page:
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return redirect(start_page_url(visit))
    given, asked = Answer.all_of(sitting), sitting.questionnaire
    return render_template(
        "assessments/completion.html",
        visit=visit,
        sitting=sitting,
        asked=asked,
        missing=asked.unanswered(given),
        hasty=format_list(hasty_parts(sitting, given), locale=locale_of(current_language())),
    )


@bp.post("/a/<secret>/completion")
@public
def complete(secret: str) -> Response:
    """Turn the answers into results. A person who finishes twice, or too late, is sent to the start page, which explains."""
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return redirect(start_page_url(visit))
    try:
        finish(sitting)
    except (Invalid, Finished, Ended):
        # The start page leads to missing answers or to the result, or explains that the link has expired.
        db.session.rollback()
    else:
        db.session.commit()
    return redirect(start_page_url(visit))


def hasty_parts(sitting: Sitting, given: Given) -> list[str]:
    """The parts whose answers suggest that the statements were not read."""
    return [
        instrument.title
        for instrument in sitting.questionnaire.instruments
        if instrument.straight_lined(given.get(instrument.assessment, {})).needs_notice
    ]
