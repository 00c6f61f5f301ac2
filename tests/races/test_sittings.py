"""Eight browsers with one link: answers arrive at once, the end comes once, and one address becomes one profile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.accounts.account import Account
from models.assessments.answer import Answer
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.database.base import db
from models.debriefs.request import DebriefRequest
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.secrets import derive
from tests.fixtures.sittings import answer_everything

pytestmark = pytest.mark.races
# A round has eight of everything, and its people answer all questions first.
ROUNDS = 100
NARROW = {"page": "1", "narrow": "freedom"}


@pytest.fixture
def settings(settings):
    """Nothing but the race: no mail is sent, no debrief written."""
    return replace(settings, worker="separate")


@pytest.fixture
def within(in_alices):
    """Does something with the models of Alice's account, which asks for Core Values alone, and commits it."""
    in_alices(lambda id_: setattr(db.session.get_one(Account, id_), "assessments", ["core"]))
    return lambda work, *given: in_alices(lambda id_: work(id_, *given))


@pytest.fixture
def race(racers, app):
    """Eight clients post to these doors at once; gives the statuses of the answers."""

    def token(path):
        with app.app_context():
            return derive("form of a link", path.split("/")[2]).hex()

    def start(requests):
        forms = [(path, {"csrf_token": token(path)} | form) for path, form in requests]
        return [reply.status for reply in racers.post_each(forms, "")]

    return start


def invite(account_id, number):
    return AssessmentInvitation.invite(account_id, f"person-{number}@example.com")


def begin_all(account_id, batch):
    """Sittings with every answer given; their links, ids and profiles."""
    sittings = [Sitting.begin_invited(invite(account_id, number)) for number in batch]
    for sitting in sittings:
        answer_everything(sitting)
    return [(f"/a/{sitting.link.secret}", sitting.id, sitting.profile_id) for sitting in sittings]


def count(table, **which):
    return db.session.scalar(select(func.count()).select_from(table).filter_by(**which))


def test_of_eight_who_agree_by_one_link_all_go_on_and_one_sitting_is_left(race, rounds, within):
    for batch in rounds(20):
        links = within(lambda account_id, batch=batch: [invite(account_id, number).link.secret for number in batch])
        for link in links:
            assert race([(f"/a/{link}/agreement", {})] * 8) == [302] * 8
        assert within(lambda _: count(Sitting)) == batch.stop


def test_of_eight_who_finish_one_sitting_one_makes_results(race, rounds, within):
    for batch in rounds(20):
        begun = within(begin_all, batch)
        for link, _, _ in begun:
            assert race([(f"{link}/completion", {})] * 8) == [302] * 8
        for _, sitting_id, profile_id in begun:
            kept = within(
                lambda _, ids=(sitting_id, profile_id): (
                    count(Result, profile_id=ids[1]),
                    count(DebriefRequest, profile_id=ids[1]),
                    count(Answer, sitting_id=ids[0]),
                )
            )
            assert kept == (1, 1, 0)


def test_answers_that_race_with_the_end_leave_nothing_behind(race, rounds, within):
    for batch in rounds(20):
        begun = within(begin_all, batch)
        for link, _, _ in begun:
            answers = [(f"{link}/answers", NARROW | {"go": "back"})] * 4
            assert race([*answers, *[(f"{link}/completion", {})] * 4]) == [302] * 8
        states = within(lambda _: {(s.state, bool(Answer.all_of(s))) for s in db.session.scalars(select(Sitting))})
        # An answer that came first left too few values for an end, and then nothing ended.
        assert states <= {("finished", False), ("open", True)}


def test_of_eight_answers_to_one_question_one_is_kept_and_none_fails(race, rounds, within):
    values = ("freedom", "wisdom", "wealth", "health", "peace", "order", "fun", "growth")
    for batch in rounds(20):
        begun = within(
            lambda account_id, batch=batch: [
                (f"/a/{sitting.link.secret}", sitting.id)
                for sitting in [Sitting.begin_invited(invite(account_id, number)) for number in batch]
            ]
        )
        for link, sitting_id in begun:
            sent = [(f"{link}/answers", {"page": "1", "narrow": value, "go": "skip"}) for value in values]
            assert race(sent) == [302] * 8
            kept = within(lambda account_id, id_=sitting_id: Answer.all_of(Sitting.find(account_id, id_)))
            assert len(kept["core"]["narrow"]) == 1
            assert kept["core"]["narrow"][0] in values


def test_eight_who_type_one_address_make_one_profile_and_seven_wait(race, rounds, within):
    def begin_eight(account_id, number):
        link = AssessmentLink.provide(account_id)
        sittings = [Sitting.begin_shared(link, f"shared-{number}@example.com", "Ana", "") for _ in range(8)]
        for sitting in sittings:
            answer_everything(sitting)
        return [f"/a/{sitting.link.secret}" for sitting in sittings]

    for batch in rounds(20):
        for number in batch:
            links = within(begin_eight, number)
            assert race([(f"{link}/completion", {}) for link in links]) == [302] * 8
            email = f"shared-{number}@example.com"
            states = within(
                lambda _, email=email: sorted(
                    s.state for s in db.session.scalars(select(Sitting).filter_by(email=email))
                )
            )
            assert states == ["finished", *["held"] * 7]
            assert within(lambda _, email=email: count(Profile, email=email)) == 1


def finish_unshared(account_id, batch):
    """Sittings that are finished and not shared: half by invitations, half by a shared link; their links and ids."""
    db.session.get_one(Account, account_id).results_seen_first = True
    link = AssessmentLink.provide(account_id)
    sittings = [Sitting.begin_invited(invite(account_id, number)) for number in batch]
    sittings += [Sitting.begin_shared(link, f"shared-{number}@example.com", "Ana", "") for number in batch]
    for sitting in sittings:
        answer_everything(sitting)
        finish(sitting)
    return [(f"/a/{sitting.link.secret}", sitting.id) for sitting in sittings]


def test_of_eight_who_share_one_result_the_account_gets_it_once(race, rounds, within):
    for batch in rounds(10):
        for link, sitting_id in within(finish_unshared, batch):
            assert race([(f"{link}/sharing", {})] * 8) == [302] * 8
            profile_id = within(lambda account_id, id_=sitting_id: Sitting.find(account_id, id_).profile_id)
            assert within(lambda _, id_=profile_id: count(Result, profile_id=id_)) == 1


def test_what_is_shared_and_deleted_at_once_is_either(race, rounds, within):
    for batch in rounds(10):
        for link, sitting_id in within(finish_unshared, batch):
            answers = race([*[(f"{link}/sharing", {})] * 4, *[(f"{link}/removal", {})] * 4])
            assert set(answers) <= {200, 302, 404}
            left = within(lambda _, id_=sitting_id: what_is_left(id_))
            if left is None:
                assert 200 in answers
            else:
                profile_id, unshared = left
                assert within(lambda _, id_=profile_id: count(Result, profile_id=id_)) == (0 if unshared else 1)


def what_is_left(sitting_id):
    """Whose sitting it is, and whether only they see its result; None if it was deleted."""
    sitting = db.session.get(Sitting, sitting_id)
    return None if sitting is None else (sitting.profile_id, sitting.share_due_at is not None)
