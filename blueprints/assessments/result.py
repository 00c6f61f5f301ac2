"""A person's own result, shown under their link for thirty days: to share, to comment on, and to keep a copy of."""

from __future__ import annotations

import json

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from blueprints.assessments import bp
from blueprints.assessments.link_access import Page, start_page_url, visit_by
from blueprints.auth.access_control import public
from blueprints.auth.time_zone import today
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, handle_form
from blueprints.web import errors
from models.assessments import LONGEST_COMMENT, Sitting, Visit, VisitState, own_copy, own_debrief, share
from models.database import db, now
from models.instruments import ASSESSMENTS
from models.profiles import Result
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take
from models.reports import guide_for

# Each change is in the audit log. Nobody rewrites a comment so often.
BY_SITTING = Limit(a_minute=1, at_once=20)
TOO_MANY = (
    lazy_gettext("You changed your comment many times"),
    lazy_gettext("Wait a few minutes, then save it again."),
)


class CommentForm(Form):
    """What the person writes beside their report."""

    comment = TextAreaField(lazy_gettext("Your comment"))


def result_page(visit: Visit, form: CommentForm | None = None) -> str:
    assert visit.sitting is not None
    results = results_of(visit.sitting)
    return render_template(
        "assessments/result.html",
        visit=visit,
        sitting=visit.sitting,
        results=results,
        guide=guide_for({assessment: result.scores for assessment, result in results.items()}),
        debrief=own_debrief(visit.sitting),
        form=form or CommentForm(formdata=None, comment=visit.comment),
        longest_comment=LONGEST_COMMENT,
        printed_at=now(),
    )


@bp.post("/a/<secret>/sharing")
@public
def share_result(secret: str) -> Response:
    """Give the account the result that only the person has seen so far."""
    visit = visit_by(secret)
    if visit.state == VisitState.SHOWN and visit.sitting:
        share(visit.sitting)
        db.session.commit()
    return redirect(start_page_url(visit))


@bp.get("/a/<secret>/comment")
@public
def comment_address(secret: str) -> Response:
    """The address of the form after an error: a browser that reopens its tabs asks for it without the form."""
    return redirect(start_page_url(visit_by(secret)))


@bp.post("/a/<secret>/comment")
@public
def comment(secret: str) -> Answer:
    """Save what the person writes beside their report, or delete it."""
    visit = visit_by(secret)
    if visit.sitting is None or not visit.may_comment:
        return redirect(start_page_url(visit))
    if wait := take(counted(BY_SITTING, "comments by sitting", visit.sitting.id)):
        return errors.too_many_requests(errors.page(429, *TOO_MANY)[0], wait)
    form = CommentForm()

    def save() -> Answer:
        visit.write_comment(form.comment.data or "")
        return redirect(url_for("assessments.door", secret=secret, _anchor="your-comment"))

    return handle_form(form, lambda: result_page(visit, form), save)


@bp.get("/a/<secret>/copy")
@public
def copy(secret: str) -> Page:
    """Download the answers so far, or the result. Only the person who has the link gets this."""
    visit = visit_by(secret)
    if visit.sitting is None or visit.state not in {VisitState.ANSWERING, VisitState.SHOWN}:
        return redirect(start_page_url(visit))
    document = {"account": visit.account.name, **own_copy(visit.sitting), "comment": visit.comment}
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
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
