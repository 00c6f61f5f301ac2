"""A person's own result, shown under their link for thirty days, and a copy of it or of their answers to keep."""

from __future__ import annotations

import json

from flask import redirect, render_template
from werkzeug.wrappers import Response

from blueprints.assessments import bp
from blueprints.assessments.link_access import Page, start_page_url, visit_by
from blueprints.auth.access_control import public
from blueprints.auth.time_zone import today
from models.assessments import Sitting, Visit, VisitState, own_copy, own_debrief
from models.instruments import ASSESSMENTS
from models.profiles import Result
from models.reports import guide_for


def result_page(visit: Visit) -> str:
    assert visit.sitting is not None
    results = results_of(visit.sitting)
    return render_template(
        "assessments/result.html",
        visit=visit,
        sitting=visit.sitting,
        results=results,
        guide=guide_for({assessment: result.scores for assessment, result in results.items()}),
        debrief=own_debrief(visit.sitting),
    )


@bp.get("/a/<secret>/copy")
@public
def copy(secret: str) -> Page:
    """Download the answers so far, or the result. Only the person who has the link gets this."""
    visit = visit_by(secret)
    if visit.sitting is None or visit.state not in {VisitState.ANSWERING, VisitState.SHOWN}:
        return redirect(start_page_url(visit))
    text = json.dumps(
        {"account": visit.account.name, **own_copy(visit.sitting)}, ensure_ascii=False, indent=2, default=str
    )
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-assessments-{today()}.json"'
    return answer


def results_of(sitting: Sitting) -> dict[str, Result]:
    """The results of this sitting: the person's own copy, which belongs to no profile."""
    assert sitting.scores is not None
    assert sitting.finished_at is not None
    return {
        assessment: Result(
            account_id=sitting.account_id,
            assessment=assessment,
            instrument=sitting.instruments[assessment],
            scores=sitting.scores[assessment],
            created_at=sitting.finished_at,
        )
        for assessment in ASSESSMENTS
        if assessment in sitting.scores
    }
