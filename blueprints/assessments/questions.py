"""The questions, page by page. Each answer is saved as soon as it is given."""

from __future__ import annotations

import math
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from blueprints.assessments import bp
from blueprints.assessments.answer_sheet import Sheet
from blueprints.assessments.link_access import Page, sitting_of, start_page_url, visit_by
from blueprints.auth.access_control import public
from models.assessments import Answer, Given, Sitting, Step, Visit
from models.database import db
from models.errors import NotAllowed, NotFound


@bp.get("/a/<secret>/questions")
@public
def questions(secret: str) -> Page:
    """One page of questions; without a number, the first page with unanswered questions."""
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return redirect(start_page_url(visit))
    if "page" not in request.args:
        return redirect(resume_url(visit, sitting))
    given, step = Answer.all_of(sitting), sitting.questionnaire.step(number_from("page"))
    return show(visit, sitting, given, Sheet.blank(step, given.get(step.assessment, {})))


@bp.post("/a/<secret>/answers")
@public
def answer(secret: str) -> Page:
    """Save what was entered on a page, even if incomplete, then go where the button leads."""
    visit = visit_by(secret)
    sitting = sitting_of(visit)
    if sitting is None:
        return too_late(visit)
    given, step = Answer.all_of(sitting), sitting.questionnaire.step(number_from("page"))
    sheet = Sheet.filled(step, request.form, given.get(step.assessment, {}), sitting.extended)
    try:
        Answer.keep(sitting, step, sheet.kept)
    except NotAllowed:
        db.session.rollback()
        return too_late(visit)
    db.session.commit()
    if wants_json():
        return kept(sitting, sheet)
    go = request.form.get("go", "next")
    if go == "next" and (sheet.faults or sheet.gaps):
        return show(visit, sitting, Answer.all_of(sitting), sheet), 400
    return redirect(next_url(visit, sitting, step, go))


def too_late(visit: Visit) -> Page:
    """The sitting has ended or never existed: the start page explains."""
    if wants_json():
        response = jsonify(said=_("These assessments are finished, or the link has expired. Reload the page."))
        response.status_code = 409
        return response
    return redirect(start_page_url(visit))


def wants_json() -> bool:
    """Whether a script sent the request, rather than a browser that goes to the next page."""
    return bool(request.accept_mimetypes.best == "application/json")


def kept(sitting: Sitting, sheet: Sheet) -> Response:
    return jsonify(faults=sheet.faults, gaps=sheet.gaps, **progress(sitting, Answer.all_of(sitting)))


def progress(sitting: Sitting, given: Given) -> dict[str, Any]:
    """The progress so far, by the time that answering takes."""
    left = sitting.questionnaire.minutes_left(given)
    whole = sitting.questionnaire.minutes_left({})
    minutes = math.ceil(left)
    said = ngettext("About 1 minute left", "About %(num)s minutes left", minutes)
    if not left:
        said = _("All questions are answered")
    return {"percent": round(100 * (1 - left / whole)), "said": said}


def show(visit: Visit, sitting: Sitting, given: Given, sheet: Sheet) -> str:
    step, asked = sheet.step, sitting.questionnaire
    before = asked.part(step.part - 1) if step.first_of_part and step.part > 1 else None
    return render_template(
        "assessments/questions.html",
        visit=visit,
        sitting=sitting,
        sheet=sheet,
        step=step,
        asked=asked,
        before=before,
        hasty=before is not None and before.straight_lined(given.get(before.assessment, {})).needs_notice,
        progress=progress(sitting, given),
        narrowed=given.get(step.assessment, {}).get("narrow", []),
        then=then(),
    )


def resume_url(visit: Visit, sitting: Sitting) -> str:
    """The first page with unanswered questions, or the end."""
    unanswered = sitting.questionnaire.unanswered(Answer.all_of(sitting))
    if not unanswered:
        return url_for("assessments.completion", secret=visit.link.secret)
    return page_url(visit, unanswered[0].number)


def page_url(visit: Visit, number: int) -> str:
    return url_for("assessments.questions", secret=visit.link.secret, page=number)


def next_url(visit: Visit, sitting: Sitting, step: Step, go: str) -> str:
    """Where a button leads: the previous page, the next page, or back to the list of missing answers."""
    if then() or (go != "back" and step.number == len(sitting.questionnaire.steps)):
        return url_for("assessments.completion", secret=visit.link.secret)
    return page_url(visit, max(1, step.number - 1) if go == "back" else step.number + 1)


def then() -> str:
    """`completion` if the person came from the list of missing answers."""
    return "completion" if request.values.get("then") == "completion" else ""


def number_from(name: str) -> int:
    """A page by its number; raises `NotFound` if there is none."""
    value = request.values.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 5):
        raise NotFound("This page does not exist.")
    return int(value)
