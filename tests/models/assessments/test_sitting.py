"""A sitting from agreement to results: what is kept, for whom, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

import models.assessments.sitting
from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.answer import Answer
from models.assessments.completion import finish
from models.assessments.held_results import discard, keep
from models.assessments.invitation import AssessmentInvitation
from models.assessments.link_visit import Visit, VisitState
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Begun, Ended, Finished, Sitting
from models.audit.recorder import AuditEntry
from models.database.base import db, now
from models.debriefs.request import DebriefRequest
from models.errors import Invalid, NotAllowed
from models.mail.message import Kind, Message
from models.profiles.alias import Alias
from models.profiles.listing import tags_of_profile
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from tests.fixtures.sittings import answer_everything, choices_at


@pytest.fixture
def invitation(account_id, alice):
    """Alice's invitation of Ana."""
    made = AssessmentInvitation.invite(account_id, "ana@example.com", "Ana", "Löwe", by=alice.member_id)
    db.session.commit()
    return made


@pytest.fixture
def shared(account_id, alice):
    """A link that Alice made for the team Sales, whose people the payroll knows as P-1."""
    tag = Tag.create(account_id, "Sales", "red")
    made = AssessmentLink.provide(account_id, [tag.id], "P-1", by=alice.member_id)
    db.session.commit()
    return made


def sit(sitting):
    answer_everything(sitting)
    finish(sitting)
    db.session.commit()
    return sitting


def by_link(link, email="ana@example.com"):
    return sit(Sitting.begin_shared(link, email, "Ana", "Löwe"))


def actions(account_id):
    entries = select(AuditEntry.action).where(AuditEntry.account_id == account_id).order_by(AuditEntry.id)
    return [action for action in db.session.scalars(entries) if action.startswith("assessment.")]


def recipients(kind):
    return sorted(db.session.scalars(select(Message.recipient).where(Message.kind == kind)))


def test_ana_answers_and_the_results_are_her_profiles(account_id, invitation):
    sitting = sit(Sitting.begin_invited(invitation))
    profile = Profile.find(account_id, invitation.profile_id)
    results = Result.newest(account_id, profile.id)
    assert [result.instrument for result in results.values()] == ["disc-1", "focus-1", "core-1"]
    assert profile.status == "completed"
    assert profile.disc_style == results["disc"].scores["style"]
    assert invitation.state == "completed"
    assert Answer.all_of(sitting) == {}
    assert actions(account_id) == ["assessment.invited", "assessment.started", "assessment.completed"]


def test_whoever_invited_hears_of_it_and_a_debrief_is_asked_for(account_id, invitation, alice):
    sit(Sitting.begin_invited(invitation))
    assert recipients(Kind.RESULTS_ARRIVED) == [alice.email]
    assert DebriefRequest.newest(account_id, invitation.profile_id).state == "waiting"


def test_nobody_hears_of_it_by_mail_where_an_app_asked_or_the_member_has_left(account_id, invitation, alice, bob):
    invitation.connection_id = invitation.id
    sit(Sitting.begin_invited(invitation))
    again = AssessmentInvitation.invite(account_id, "ana@example.com", by=invitation.id)
    sit(Sitting.begin_invited(again))
    assert recipients(Kind.RESULTS_ARRIVED) == []


def test_agreeing_twice_leaves_one_sitting(invitation):
    Sitting.begin_invited(invitation)
    second = Sitting.begin_invited(invitation)
    assert db.session.scalars(select(Sitting.id)).all() == [second.id]


def test_agreeing_again_deletes_answers_only_if_that_is_asked_for(invitation):
    first = Sitting.begin_invited(invitation)
    Answer.keep(first, first.questionnaire.step(1), choices_at(first.questionnaire.step(1)))
    with pytest.raises(Begun):
        Sitting.begin_invited(invitation)
    assert Answer.all_of(first)
    second = Sitting.begin_invited(invitation, again=True)
    assert db.session.scalars(select(Sitting.id)).all() == [second.id]
    assert db.session.scalar(select(Answer.item)) is None


def test_the_link_of_an_invitation_opens_no_sitting_and_that_of_the_sitting_does(invitation):
    sitting = Sitting.begin_invited(invitation)
    assert Visit.by(invitation.link).state == VisitState.ASKED
    Answer.keep(sitting, sitting.questionnaire.step(1), choices_at(sitting.questionnaire.step(1)))
    db.session.refresh(sitting)
    assert Visit.by(invitation.link).state == VisitState.STARTED
    assert Visit.by(sitting.link).state == VisitState.ANSWERING


def test_versions_are_fixed_when_she_agrees(account_id, invitation):
    db.session.get_one(Account, account_id).core_extended = True
    sitting = Sitting.begin_invited(invitation)
    db.session.get_one(Account, account_id).core_extended = False
    sit(sitting)
    assert len(Result.newest(account_id, invitation.profile_id)["core"].scores) == 10


def test_a_retake_is_a_further_result_and_the_newest_counts(account_id, invitation):
    sit(Sitting.begin_invited(invitation))
    again = AssessmentInvitation.invite(account_id, "ana@example.com")
    assert again.id != invitation.id
    sitting = Sitting.begin_invited(again)
    answer_everything(sitting)
    for step in sitting.questionnaire.steps:
        if step.assessment == "disc":
            third, fourth = step.page.statements[2:]
            Answer.keep(sitting, step, {step.page.item_ids[0]: {"most": third.id, "least": fourth.id}})
    finish(sitting)
    kept = list(db.session.scalars(select(Result.id).where(Result.profile_id == invitation.profile_id)))
    assert len(kept) == 6
    assert Result.newest(account_id, invitation.profile_id)["disc"].scores == sitting.scores["disc"]


def test_an_unfinished_sitting_cannot_be_finished(account_id, invitation):
    sitting = Sitting.begin_invited(invitation)
    answer_everything(sitting)
    db.session.commit()
    db.session.delete(db.session.scalar(select(Answer).where(Answer.item == "f077")))
    db.session.commit()
    with pytest.raises(Invalid, match="One page"):
        finish(sitting)
    db.session.rollback()
    assert sitting.state == "open"
    assert Result.newest(account_id, invitation.profile_id) == {}


def test_finishing_twice_makes_one_result(account_id, invitation):
    sitting = sit(Sitting.begin_invited(invitation))
    with pytest.raises(Finished):
        finish(sitting)


def test_a_late_answer_changes_nothing(invitation):
    sitting = sit(Sitting.begin_invited(invitation))
    step = sitting.questionnaire.step(1)
    with pytest.raises(Finished):
        Answer.keep(sitting, step, choices_at(step))


def test_an_answer_that_is_given_anew_replaces_the_old_one(invitation):
    sitting = Sitting.begin_invited(invitation)
    step = sitting.questionnaire.step(25)
    for value in (1, 5):
        Answer.keep(sitting, step, {step.page.item_ids[0]: value})
    assert Answer.all_of(sitting) == {"focus": {step.page.item_ids[0]: 5}}


def test_an_invitation_that_was_taken_back_or_has_expired_begins_nothing(invitation):
    invitation.expires_at = now() - timedelta(seconds=1)
    with pytest.raises(Ended):
        Sitting.begin_invited(invitation)
    invitation.expires_at = now() + timedelta(days=1)
    invitation.cancel()
    with pytest.raises(Ended):
        Sitting.begin_invited(invitation)


def test_an_invitation_taken_back_meanwhile_makes_no_results(account_id, invitation):
    sitting = Sitting.begin_invited(invitation)
    answer_everything(sitting)
    invitation.cancel()
    with pytest.raises(Ended):
        finish(sitting)


def test_somebody_new_by_a_shared_link_gets_a_profile_with_its_tags_and_custom_id(account_id, shared):
    by_link(shared, "dora@example.com")
    profile = Profile.by_email(account_id, "dora@example.com")
    assert profile is not None
    assert (profile.name, profile.status) == ("Ana Löwe", "completed")
    assert [tag.label for tag in tags_of_profile(account_id, profile.id)] == ["Sales"]
    assert Alias.custom_id_of(profile).consumer_key == "P-1"
    assert shared.finished == 1
    assert Sitting.held_in(account_id) == []


def test_a_tag_that_was_deleted_meanwhile_is_passed_over(account_id, shared):
    sitting = Sitting.begin_shared(shared, "dora@example.com", "Dora", "")
    Tag.all_in(account_id)[0].delete()
    profile = Profile.find(account_id, sit(sitting).profile_id)
    assert tags_of_profile(account_id, profile.id) == []


def test_the_address_of_somebody_known_changes_nothing_of_theirs(account_id, shared, invitation):
    sitting = by_link(shared, "Ana@Example.com")
    assert Sitting.held_in(account_id) == [sitting]
    assert Result.newest(account_id, invitation.profile_id) == {}
    assert tags_of_profile(account_id, invitation.profile_id) == []
    assert shared.finished == 1
    assert actions(account_id)[-1] == "assessment.results_held"


def test_a_custom_id_that_is_somebody_elses_holds_the_results_too(account_id, shared):
    first = by_link(shared, "ana@example.com")
    second = by_link(shared, "dora@example.com")
    assert second.state == "held"
    assert second.profile_id == first.profile_id
    assert Profile.by_email(account_id, "dora@example.com") is None


def test_held_results_are_kept_for_the_profile(account_id, shared, invitation):
    sitting = by_link(shared)
    keep(sitting)
    assert Result.newest(account_id, invitation.profile_id)["disc"].scores == sitting.scores["disc"]
    assert [tag.label for tag in tags_of_profile(account_id, invitation.profile_id)] == ["Sales"]
    assert Alias.custom_id_of(invitation.profile).consumer_key == "P-1"
    assert Sitting.held_in(account_id) == []
    with pytest.raises(NotAllowed, match="already"):
        discard(sitting)


def test_discarded_results_are_nobodys_but_their_own_persons(account_id, shared, invitation):
    sitting = by_link(shared)
    discard(sitting)
    assert Result.newest(account_id, invitation.profile_id) == {}
    assert Visit.by(sitting.link).state == VisitState.SHOWN
    with pytest.raises(NotAllowed, match="already"):
        keep(sitting)


def test_held_results_go_with_the_profile(account_id, shared, invitation):
    by_link(shared)
    invitation.profile.delete()
    assert Sitting.held_in(account_id) == []


def test_a_closed_link_begins_nothing_and_who_has_begun_may_finish(account_id, shared):
    sitting = Sitting.begin_shared(shared, "dora@example.com", "Dora", "")
    shared.close()
    with pytest.raises(NotAllowed, match="closed"):
        Sitting.begin_shared(shared, "bert@example.com", "Bert", "")
    assert sit(sitting).state == "finished"


def test_only_so_many_answer_by_one_link_at_once(account_id, shared, monkeypatch):
    monkeypatch.setattr(models.assessments.sitting, "MOST_OPEN", 2)
    for number in range(2):
        Sitting.begin_shared(shared, f"person-{number}@example.com", "", "")
    with pytest.raises(NotAllowed, match="Try again tomorrow"):
        Sitting.begin_shared(shared, "third@example.com", "", "")


def test_sittings_that_somebody_left_alone_for_a_day_keep_nobody_out(account_id, shared, monkeypatch):
    monkeypatch.setattr(models.assessments.sitting, "MOST_OPEN", 2)
    left = [Sitting.begin_shared(shared, f"person-{number}@example.com", "", "") for number in range(2)]
    for sitting in left:
        sitting.touched_at -= timedelta(days=1)
    db.session.flush()
    Sitting.begin_shared(shared, "third@example.com", "", "")
    # Who comes back goes on, and counts again.
    left[0].touch()
    with pytest.raises(NotAllowed, match="Try again tomorrow"):
        Sitting.begin_shared(shared, "fourth@example.com", "", "")


def test_a_wish_to_be_removed_reaches_owners_and_managers_once(account_id, invitation, alice, bob, charlie):
    sit(Sitting.begin_invited(invitation))
    visit = Visit.by(invitation.link)
    visit.withdraw()
    visit.withdraw()
    assert recipients(Kind.REMOVAL_ASKED) == [alice.email, bob.email]
    assert [wish.profile_id for wish in RemovalRequest.open_in(account_id)] == [invitation.profile_id]
    assert visit.state == VisitState.REMOVAL_ASKED


def test_deleting_the_profile_settles_the_wish(account_id, invitation):
    Visit.by(invitation.link).withdraw()
    invitation.profile.delete()
    assert RemovalRequest.open_in(account_id) == []


def test_whoever_does_not_want_to_answer_ends_the_invitation_and_their_answers(account_id, invitation):
    sitting = Sitting.begin_invited(invitation)
    Answer.keep(sitting, sitting.questionnaire.step(1), choices_at(sitting.questionnaire.step(1)))
    Visit.by(invitation.link).withdraw()
    db.session.commit()
    assert invitation.state == "declined"
    assert db.session.scalar(select(Answer.item)) is None
    assert Visit.by(invitation.link).state == VisitState.REMOVAL_ASKED


def test_whoever_came_by_a_shared_link_and_goes_leaves_nothing(account_id, shared):
    sitting = Sitting.begin_shared(shared, "dora@example.com", "Dora", "")
    Visit.by(sitting.link).withdraw()
    assert db.session.scalar(select(Sitting.id)) is None
    assert RemovalRequest.open_in(account_id) == []


def test_nobody_can_ask_the_removal_of_a_stranger_by_typing_their_address(account_id, shared, invitation):
    sitting = by_link(shared)
    Visit.by(sitting.link).withdraw()
    assert RemovalRequest.open_in(account_id) == []
    assert Sitting.held_in(account_id) == []
    assert Visit.by(sitting.link).state == VisitState.REMOVAL_ASKED


def test_a_declined_wish_is_settled_once(account_id, invitation, alice):
    member = Member.find(account_id, alice.member_id)
    Visit.by(invitation.link).withdraw()
    wish = RemovalRequest.open_of(invitation.profile)
    wish.decline(member, "We still need it.")
    assert RemovalRequest.open_in(account_id) == []
    with pytest.raises(NotAllowed, match="already"):
        wish.decline(member, "We still need it.")


@pytest.mark.parametrize(("days", "state"), [(29, VisitState.SHOWN), (31, VisitState.ENDED)])
def test_the_result_is_shown_for_thirty_days(account_id, invitation, days, state):
    sitting = sit(Sitting.begin_invited(invitation))
    db.session.execute(update(Sitting).values(finished_at=now() - timedelta(days=days)))
    assert Visit.by(sitting.link).state == state
