"""What nobody comes back to is forgotten; what became a result stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.assessments.answer import Answer
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.link_visit import Visit, VisitState
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.assessments.sitting_cleanup import accounts, forget_sittings
from models.database.base import db, now
from models.profiles.result import Result
from tests.fixtures.sittings import answer_everything


@pytest.fixture
def link(account_id):
    return AssessmentLink.provide(account_id)


@pytest.fixture
def sit(account_id, link):
    """Somebody answers everything; `sit("ana@example.com", until="held")`."""

    def answer(email, until="open"):
        sitting = Sitting.begin_shared(link, email, "Ana", "")
        answer_everything(sitting)
        if until != "open":
            finish(sitting)
        assert sitting.state == until
        db.session.commit()
        return sitting

    return answer


def a_while_ago(days):
    then = now() - timedelta(days=days)
    db.session.execute(update(Sitting).values(touched_at=then))
    db.session.execute(update(Sitting).where(Sitting.finished_at.is_not(None)).values(finished_at=then))
    db.session.commit()


def left():
    return sorted(db.session.scalars(select(Sitting.state)))


@pytest.mark.parametrize(("days", "states"), [(89, ["open"]), (91, [])])
def test_answers_wait_ninety_days(account_id, sit, days, states):
    sit("ana@example.com")
    a_while_ago(days)
    assert forget_sittings(account_id) == 1 - len(states)
    assert left() == states
    assert bool(db.session.scalar(select(func.count()).select_from(Answer))) == bool(states)


@pytest.mark.parametrize(("days", "states"), [(29, ["finished", "held"]), (31, ["held"])])
def test_a_finished_sitting_is_kept_as_long_as_it_is_shown_and_a_held_one_until_somebody_decides(
    account_id, sit, days, states
):
    first = sit("ana@example.com", "finished")
    sit("ana@example.com", "held")
    profile_id = first.profile_id
    a_while_ago(days)
    forget_sittings(account_id)
    assert left() == states
    assert len(Result.newest(account_id, profile_id)) == 3


def test_answers_to_an_invitation_that_was_taken_back_are_forgotten_at_once(account_id):
    invitation = AssessmentInvitation.invite(account_id, "ana@example.com")
    answer_everything(Sitting.begin_invited(invitation))
    db.session.commit()
    assert forget_sittings(account_id) == 0
    invitation.cancel()
    db.session.commit()
    assert forget_sittings(account_id) == 1
    assert left() == []


def test_whoever_is_sent_the_invitation_again_after_that_begins_anew(account_id):
    invitation = AssessmentInvitation.invite(account_id, "ana@example.com")
    answer_everything(Sitting.begin_invited(invitation))
    a_while_ago(91)
    forget_sittings(account_id)
    invitation.resend()
    assert Visit.by(invitation.link).state == VisitState.ASKED


def test_it_goes_through_every_account(app, alice, eve):
    with app.app_context():
        assert {alice.account_id, eve.account_id} <= set(accounts())
