"""The end: what is still to be answered, and finishing."""

from __future__ import annotations

from flask import redirect, render_template
from werkzeug.wrappers import Response

from blueprints.assessments import bp
from blueprints.assessments.link_access import Page, sitting_of, to_the_door, visit_by
from blueprints.auth.access_control import public
from models.assessments import Answer, Ended, Finished, Given, Sitting, finish
from models.database import db
from models.errors import Invalid


@bp.get("/a/<secret>/completion")
@public
def completion(secret: str) -> Page:
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return redirect(to_the_door(visit))
    given, asked = Answer.all_of(sitting), sitting.questionnaire
    return render_template(
        "assessments/completion.html",
        visit=visit,
        sitting=sitting,
        asked=asked,
        missing=asked.unanswered(given),
        hasty=hasty_parts(sitting, given),
    )


@bp.post("/a/<secret>/completion")
@public
def complete(secret: str) -> Response:
    """Make results of the answers. Whoever finishes twice, or too late, comes to the door, which says how it stands."""
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return redirect(to_the_door(visit))
    try:
        finish(sitting)
    except (Invalid, Finished, Ended):
        # The door leads to what is missing, to the result, or says that the link has ended.
        db.session.rollback()
    else:
        db.session.commit()
    return redirect(to_the_door(visit))


def hasty_parts(sitting: Sitting, given: Given) -> list[str]:
    """The parts whose answers look as if the statements had not been read."""
    return [
        instrument.title
        for instrument in sitting.questionnaire.instruments
        if instrument.straight_lined(given.get(instrument.assessment, {})).deserves_a_word
    ]
