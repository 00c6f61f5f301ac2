"""In some accounts people see their report before anybody else: until they share it or a week has passed, it is theirs alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blueprints.worker.sittings import share_results
from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.assessments.sitting_cleanup import forget_sittings
from models.audit.recorder import AuditEntry
from models.database.base import db, now
from models.mail.message import Kind, Message
from models.privacy.export_tables import finished_sittings
from models.privacy.profile_export import data_of
from models.profiles.profile import Profile
from models.profiles.result import Result
from tests.pages import text_of

pytestmark = pytest.mark.both_databases
ALONE = "Only you can see this result"


@pytest.fixture(autouse=True)
def seen_first(within, alice):
    """Alice's account lets people see their result first."""
    within(alice, lambda id_: db.session.get_one(Account, id_).update(results_seen_first=True))


@pytest.fixture
def sweep(app):
    """The worker shares what is due."""

    def work():
        with app.app_context():
            share_results()

    return work


@pytest.fixture
def results(within, alice):
    """How many results there are in Alice's account, how many profiles have some, and how many wait for review."""

    def count(account_id):
        whole = db.session.scalar(select(func.count()).select_from(Result))
        profiles = db.session.scalar(select(func.count(Profile.id)).where(Profile.status == "completed"))
        return whole, profiles, len(Sitting.held_in(account_id))

    return lambda: within(alice, count)


@pytest.fixture
def later(within, alice):
    """A week goes by for every result that was not shared."""
    passed = lambda _: db.session.execute(  # noqa: E731
        update(Sitting).where(Sitting.share_due_at.is_not(None)).values(share_due_at=now() - timedelta(minutes=1))
    )
    return lambda: within(alice, passed)


def actions(_account_id):
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_she_reads_before_she_agrees_and_before_she_finishes_when_others_see_it(come, link, answered):
    ana = come(link)
    assert "You see your result first. Aperture Science gets it when you share it, and otherwise 7 days" in ana.text
    ana.begin()
    answered()
    ana.browser.open(ana.link)
    assert "gets your scores when you share them, and otherwise 7 days later" in ana.text


def test_nobody_sees_it_before_she_shares_it(take, link, results, within, alice, browser_of, bob, answered):
    ana = take(link)
    assert ALONE in ana.text
    assert "How to work with Ana" in ana.text
    assert "Debrief" in ana.text
    assert results() == (0, 0, 0)
    profile = within(alice, lambda id_: Profile.by_email(id_, "ana@example.com").id)
    page = text_of(browser_of(bob).get(f"/profiles/{profile}"))
    assert "sees the result first" in page
    assert "Dominance" not in page
    assert "Dominance" not in within(
        alice,
        lambda id_: data_of(
            db.session.scalars(
                select(Profile).where(Profile.account_id == id_, Profile.email == "ana@example.com")
            ).one()
        ),
    )
    assert within(alice, lambda id_: list(finished_sittings(id_))) == []
    mail = select(Message).where(Message.kind == Kind.RESULTS_ARRIVED)
    assert within(alice, lambda _: db.session.scalar(mail)) is None

    ana.browser.press("Share with Aperture Science")
    assert ALONE not in ana.text
    assert results() == (3, 1, 0)
    assert "Dominance" in text_of(browser_of(bob).get(f"/profiles/{profile}"))
    assert within(alice, lambda _: db.session.scalar(mail)) is not None
    assert [action for action in within(alice, actions) if action.startswith("assessment.")][-2:] == [
        "assessment.completed",
        "assessment.results_shared",
    ]


def test_after_a_week_it_is_shared_once(take, link, results, sweep, later):
    ana = take(link)
    sweep()
    assert results() == (0, 0, 0)
    later()
    sweep()
    sweep()
    assert results() == (3, 1, 0)
    ana.browser.open(ana.link)
    assert ALONE not in ana.text


def test_by_a_shared_link_there_is_no_profile_before(take, shared, results, within, alice):
    ana = take(shared, first_name="Ana", email="ana@example.com")
    assert ALONE in ana.text
    assert within(alice, lambda id_: Profile.by_email(id_, "ana@example.com")) is None
    ana.browser.press("Share with Aperture Science")
    assert results() == (3, 1, 0)


def test_a_known_address_waits_for_a_manager_only_when_it_is_shared(take, shared, invite, alice, results):
    invite(alice, "known@example.com")
    known = take(shared, first_name="Ana", email="known@example.com")
    assert results() == (0, 0, 0)
    known.browser.press("Share with Aperture Science")
    assert results() == (0, 0, 1)
    assert known.title == "Your result"


def test_what_nobody_has_seen_is_deleted_without_asking(take, shared, within, alice, results):
    ana = take(shared, first_name="Ana", email="ana@example.com")
    ana.browser.click("Delete my data")
    assert "keeps none of them" in ana.text
    ana.browser.press("Delete my data")
    assert ana.title == "Your answers were deleted"
    assert within(alice, lambda _: db.session.scalars(select(Sitting.id)).all()) == []
    assert within(alice, lambda id_: Profile.by_email(id_, "ana@example.com")) is None


def test_while_removal_is_asked_nothing_is_shared_and_a_refusal_gives_her_the_week_again(
    take, link, results, sweep, later, within, alice
):
    ana = take(link)
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    later()
    sweep()
    assert results() == (0, 0, 0)

    def decline(account_id):
        RemovalRequest.open_in(account_id)[0].decline(db.session.get_one(Member, alice.member_id), "It is needed.")

    within(alice, decline)
    sweep()
    assert results() == (0, 0, 0)
    ana.browser.open(ana.link)
    assert "It is needed." in ana.text
    assert ALONE in ana.text


def test_whoever_agreed_before_it_was_turned_off_is_still_the_first(come, link, answered, within, alice, results):
    ana = come(link).begin()
    within(alice, lambda id_: db.session.get_one(Account, id_).update(results_seen_first=False))
    answered()
    ana.browser.open(ana.link)
    assert ALONE in ana.finish().text
    assert results() == (0, 0, 0)


def test_a_late_result_does_not_replace_a_newer_one(take, link, invite, alice, within, sweep, later, results):
    ana = take(link)
    again = take(invite(alice))
    again.browser.press("Share with Aperture Science")
    assert results() == (3, 1, 0)
    later()
    sweep()
    assert results() == (3, 1, 0)
    ana.browser.open(ana.link)
    assert ana.title == "Your result"


def test_it_is_not_forgotten_before_it_was_shared(take, link, within, alice, sweep, results):
    """As when no worker has run for a month."""
    take(link)
    month_ago = {"finished_at": now() - timedelta(days=31), "share_due_at": now() - timedelta(days=24)}
    within(alice, lambda _: db.session.execute(update(Sitting).values(month_ago)))
    within(alice, forget_sittings)
    sweep()
    assert results() == (3, 1, 0)


def test_the_invitation_is_over_once_she_has_finished(take, link, within, alice):
    take(link)
    assert (
        within(alice, lambda id_: AssessmentInvitation.unanswered(id_, Profile.by_email(id_, "ana@example.com").id))
        is None
    )
