"""The dashboard: who is awaited, what came in, what waits for a decision, what assistants did; each role its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.database.base import db, now
from models.instruments import disc_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from tests.fixtures.sittings import answer_everything
from tests.pages import submit, text_of

AWAITED = "Waiting for answers"
TO_REVIEW = "To review"


def see(browser):
    response = browser.get("/dashboard")
    assert response.status_code == 200, text_of(response)
    return text_of(response)


@pytest.fixture
def invited(within, aperture):
    """Invites people; `invited("Ben", "Cyd")`."""

    def ask(*names):
        def work(account_id):
            return [AssessmentInvitation.invite(account_id, f"{name.lower()}@example.com", name).id for name in names]

        return within(aperture, work)

    return ask


def finished(account_id, profile_id, d=60):
    Result.keep(
        Profile.find(account_id, profile_id), "disc", disc_result({"d": d, "i": 40, "s": 40, "c": 40}), "disc-1"
    )


def test_the_front_page_leads_here(browser_of, charlie):
    assert browser_of(charlie).get("/").location == "/dashboard"


@pytest.mark.parametrize(
    ("person", "offered"),
    [
        ("bob", {"Send an assessment", "Create a tag", "Connect an assistant such as"}),
        ("charlie", {"can send the first assessment", "You can already connect an assistant"}),
    ],
)
def test_an_empty_account_says_how_to_begin(request, browser_of, person, offered):
    page = see(browser_of(request.getfixturevalue(person)))
    steps = {
        "Send an assessment",
        "Create a tag",
        "can send the first assessment",
        "Connect an assistant such as",
        "You can already connect an assistant",
    }
    assert {step for step in steps if step in page} == offered
    assert AWAITED not in page


def test_who_is_awaited_is_counted_and_the_oldest_are_named(browser_of, bob, invited, within, aperture):
    oldest, *_ = invited(*(f"P{number}" for number in range(7)))
    ended = update(AssessmentInvitation).where(AssessmentInvitation.id == oldest).values(expires_at=now())
    within(aperture, lambda _: db.session.execute(ended))
    page = see(browser_of(bob))
    assert AWAITED in page
    assert "invited, not finished 7" in page
    assert "profiles without results 7" in page
    assert "P0 Link expired · invited on" in page
    assert "P4 Sent · invited on" in page
    assert "P5 Sent" not in page, "five are named, the oldest ones"


def test_who_has_finished_or_was_taken_back_is_awaited_no_more(browser_of, bob, invited, within, aperture):
    ben, cyd = invited("Ben", "Cyd")

    def settle(account_id):
        AssessmentInvitation.find(account_id, ben).cancel()
        sitting = Sitting.begin_invited(AssessmentInvitation.find(account_id, cyd))
        answer_everything(sitting)
        finish(sitting)

    within(aperture, settle)
    page = see(browser_of(bob))
    assert "invited, not finished 0" in page
    assert "No open invitations." in page
    assert "Cyd" in page.partition("Recent results")[2]


def test_people_of_one_name_are_told_apart(browser_of, bob, within, aperture):
    def ask(account_id):
        for email in ("ana@example.com", "ana@example.org"):
            AssessmentInvitation.invite(account_id, email, "Ana", "Löwe")

    within(aperture, ask)
    browser = browser_of(bob)
    page, boxes = see(browser), browser.get("/profiles").text
    for email in ("ana@example.com", "ana@example.org"):
        assert f"Ana Löwe ({email})" in page
        assert f'aria-label="Select Ana Löwe ({email})"' in boxes


def test_who_is_answering_is_counted(browser_of, bob, invited, within, aperture):
    [ben] = invited("Ben")
    within(aperture, lambda id_: Sitting.begin_invited(AssessmentInvitation.find(id_, ben)))
    assert "answering now 1" in see(browser_of(bob))


def test_what_came_in_is_listed_the_newest_first(browser_of, charlie, ana, aperture, new_profile, within):
    ben = new_profile(aperture, "ben@example.com", "Ben")

    def work(account_id):
        finished(account_id, ana)
        finished(account_id, ben, d=20)
        Profile.find(account_id, ana).completed_at = now() - timedelta(days=3)

    within(aperture, work)
    came_in = see(browser_of(charlie)).partition("Recent results")[2]
    assert came_in.index("Ben I finished just now") < came_in.index("Ana Löwe D finished 3 days ago")


def test_results_and_wishes_that_wait_are_shown_to_those_who_decide(
    browser_of, alice, bob, charlie, aperture, ana, within
):
    def wait(account_id):
        finished(account_id, ana)
        sitting = Sitting.begin_shared(AssessmentLink.provide(account_id, []), "ana@example.com", "Anna", "Lowe")
        answer_everything(sitting)
        finish(sitting)
        RemovalRequest.ask(Profile.find(account_id, ana))

    within(aperture, wait)
    for person in (alice, bob):
        page = see(browser_of(person))
        assert TO_REVIEW in page
        assert "1 result from a shared link" in page
        assert "1 removal request" in page
    assert TO_REVIEW not in see(browser_of(charlie))


def test_owners_see_what_all_assistants_did_and_others_what_their_own_did(
    browser_of, connect, alice, bob, charlie, ana
):
    connect(alice, name="Claude").result("get_profile", profile_id=str(ana))
    connect(charlie, name="Codex").result("list_tags")
    assert "Codex (for Charlie ) listed no tags" in see(browser_of(alice))
    assert "Claude (for Alice ) read the profile of Ana Löwe" in see(browser_of(alice))
    page = see(browser_of(charlie))
    assert "Codex (for Charlie ) listed no tags" in page
    before, heading, his = page.partition("Recent activity of your assistants")
    assert heading, before
    assert "Claude" not in his
    assert "No activity yet." in see(browser_of(bob))


def test_the_last_calls_of_all_come_first_however_much_one_app_did(browser_of, connect, alice, ana):
    busy, quiet = connect(alice, name="Busy"), connect(alice, name="Quiet")
    quiet.result("list_tags")
    for _ in range(8):
        busy.result("list_aliases")
    quiet.result("list_tags")
    recent = see(browser_of(alice)).partition("Recent assistant activity")[2]
    assert recent.count("(for Alice )") == 6
    assert recent.index("Quiet") < recent.index("Busy")


def test_nothing_of_another_account_is_here(browser_of, eve, connect, alice, invited, ana):
    invited("Ben")
    connect(alice).result("list_tags")
    page = see(browser_of(eve))
    assert "Set up: " in page
    assert "Ben" not in page


def test_a_new_account_says_what_to_do_first_in_one_place(browser_of, alice, bob):
    hers, his = browser_of(alice), browser_of(bob)
    assert "Set up: " in see(hers)
    assert "First steps" not in see(hers)
    assert "First steps" in see(his)
    submit(hers, "/settings/set-up/hiding", page="/dashboard")
    assert "Set up: " not in see(hers)
    assert "Invite a colleague" in see(hers)


def test_a_full_dashboard_asks_the_database_no_more_than_a_short_one(
    app, browser_of, bob, invited, ana, within, aperture
):
    browser = browser_of(bob)

    def asked():
        with app.app_context():
            engine = db.engine
        statements = []
        note = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        see(browser)
        event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    invited("Ben")
    few = asked()
    invited(*(f"P{number}" for number in range(6)))
    assert asked() == few


def test_strangers_are_asked_to_sign_in(client):
    assert client.get("/dashboard").location.startswith("/sign-in?next=")
