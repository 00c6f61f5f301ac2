"""A person's own result, shown under their link for thirty days."""

from __future__ import annotations

from flask import render_template

from models.assessments import Sitting, Visit
from models.instruments import ASSESSMENTS
from models.profiles import Result


def result_page(visit: Visit) -> str:
    assert visit.sitting is not None
    return render_template(
        "assessments/result.html", visit=visit, sitting=visit.sitting, results=results_of(visit.sitting)
    )


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
