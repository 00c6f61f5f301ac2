"""/a/<secret>: who asks, what for, what is asked and who will see it. A person who agrees can start."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired

from blueprints.assessments import bp
from blueprints.assessments.link_access import (
    NowhereToGo,
    Page,
    ended_page,
    remember_sitting,
    remembered_sitting,
    start_page_url,
    unknown_link_page,
    visit_by,
)
from blueprints.assessments.questions import resume_url
from blueprints.assessments.result import result_page
from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from blueprints.forms.handling import Answer, handle_form
from blueprints.web import errors
from blueprints.web.request_context import sender
from models.assessments import AssessmentLink, Begun, Questionnaire, Sitting, Visit, VisitState
from models.database import db
from models.instruments import current
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import DAY, take

# A whole department may start in one meeting, behind one IP address.
BY_LINK = Limit(a_minute=10, at_once=500)
# From one network, fewer in a day than can be answering at the same time: no single one keeps out all others.
BY_NETWORK = Limit(a_minute=1_000, at_once=300, minute=DAY)
# Each start is in the audit log. Nobody starts again so often.
BY_INVITATION = Limit(a_minute=1, at_once=20)
BEFORE = {VisitState.ASKED, VisitState.STARTED}
TOO_MANY = (
    lazy_gettext("Too many people are starting right now"),
    lazy_gettext("Nothing is lost. Open the link again in a few minutes."),
)

bp.register_error_handler(NowhereToGo, unknown_link_page)


class AgreementForm(Form):
    """The form for a personal link: the person agrees."""


class IntroductionForm(AgreementForm):
    """The form for a shared link: the person enters who they are, and agrees."""

    first_name = StringField(lazy_gettext("First name"), [InputRequired(lazy_gettext("Enter your first name."))])
    last_name = StringField(lazy_gettext("Last name"))
    email = EmailField(
        lazy_gettext("E-mail"),
        [InputRequired(lazy_gettext("Enter your e-mail address."))],
        description=lazy_gettext("Your result is saved under this address. No e-mail is sent to it."),
    )


@bp.get("/a/<secret>")
@public
def door(secret: str) -> Page:
    visit = visit_by(secret)
    if own := remembered_sitting(visit):
        return redirect(own)
    if visit.state in BEFORE:
        return welcome(visit, form_for(visit))
    if visit.state == VisitState.ANSWERING and visit.sitting:
        return remember_sitting(redirect(resume_url(visit, visit.sitting)), visit.sitting)
    if visit.state == VisitState.SHOWN:
        return result_page(visit)
    return ended_page(visit)


@bp.get("/a/<secret>/answers")
@bp.get("/a/<secret>/agreement")
@public
def form_address(secret: str) -> Answer:
    """The address of a form that was sent and shown again: a browser that reopens its tabs asks for it without the form."""
    return redirect(start_page_url(visit_by(secret)))


@bp.post("/a/<secret>/agreement")
@public
def agree(secret: str) -> Answer:
    """Start a sitting for a person who agrees; one that was started in this browser continues."""
    visit = visit_by(secret)
    if visit.state not in BEFORE or remembered_sitting(visit):
        return redirect(start_page_url(visit))
    form = form_for(visit)
    return handle_form(form, lambda: welcome(visit, form), lambda: begin(visit, form))


def begin(visit: Visit, form: AgreementForm) -> Answer:
    if visit.shared:
        return begin_shared(visit.shared, form)
    assert visit.invitation is not None
    if wait := take(counted(BY_INVITATION, "sittings by invitation", visit.invitation.id)):
        return errors.too_many_requests(errors.page(429, *TOO_MANY)[0], wait)
    try:
        sitting = Sitting.begin_invited(visit.invitation, again="again" in request.form)
    except Begun:
        # The start page says so, and offers to start again.
        db.session.rollback()
        return redirect(start_page_url(visit))
    return remember_sitting(redirect(first_page_of(sitting)), sitting)


def begin_shared(link: AssessmentLink, form: AgreementForm) -> Answer:
    # The request scope has forgotten the sender. Counters hold a keyed digest of it, and that for an hour.
    starts = counted(BY_LINK, "sittings by link", link.id), counted(BY_NETWORK, "sittings by network", sender())
    if wait := take(*starts):
        return errors.too_many_requests(errors.page(429, *TOO_MANY)[0], wait)
    sitting = Sitting.begin_shared(
        link, form["email"].data or "", form["first_name"].data or "", form["last_name"].data or ""
    )
    return redirect(first_page_of(sitting))


def first_page_of(sitting: Sitting) -> str:
    return url_for("assessments.questions", secret=sitting.link.secret, page=1)


def form_for(visit: Visit) -> AgreementForm:
    return IntroductionForm() if visit.shared else AgreementForm()


def welcome(visit: Visit, form: AgreementForm) -> str:
    names = visit.invitation.assessments if visit.invitation else visit.account.assessments
    asked = Questionnaire(tuple(current(name) for name in names), visit.account.core_extended)
    return render_template("assessments/welcome.html", visit=visit, form=form, asked=asked)
