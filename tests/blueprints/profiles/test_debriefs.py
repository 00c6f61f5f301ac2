"""The debrief on a profile: its text, how a new one stands, who may ask for one, and its earlier versions."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from config import Settings
from models.database.base import db, now
from models.database.engine import writing
from models.debriefs.debrief import Debrief
from models.debriefs.job import DebriefAttempt
from models.debriefs.request import ASKED_A_DAY, WHY, DebriefRequest
from models.instruments import core_result
from tests.fixtures.debriefs import SCORES
from tests.model_server import sends
from tests.pages import csrf_token, first, submit, text_of

UNKNOWN = uuid.UUID(int=7)
FAILED = "could not be written"


@pytest.fixture
def settings(settings_with_model: Settings) -> Settings:
    return settings_with_model


def see(browser, story, more=""):
    """What stands on the page of this person's profile, or on another one below it."""
    answer = browser.get(f"/profiles/{story.profile_id}{more}")
    assert answer.status_code == 200
    return text_of(answer)


def ask_for_one(browser, story):
    path = f"/profiles/{story.profile_id}"
    return submit(browser, f"{path}/debrief", page=path)


def test_bob_asks_for_a_debrief_and_reads_it(browser_of, bob, charlie, canary, audit_log):
    browser = browser_of(bob)
    assert "There is no debrief for these results yet. Write a debrief" in see(browser, canary)
    assert ask_for_one(browser, canary).location == f"/profiles/{canary.profile_id}#debrief"
    page = see(browser, canary)
    assert "A new debrief is being written." in page
    assert "A debrief will be written in a moment. Refresh" in page
    canary.work()
    for browser in (browser_of(bob), browser_of(charlie)):
        page = see(browser, canary)
        assert "Composed by Profile from the scores, just now" in page
        assert "Working with them" in page
    assert ("debrief.asked", "allowed") in audit_log(bob)


def test_charlie_reads_and_does_not_ask(browser_of, charlie, canary):
    browser = browser_of(charlie)
    assert "Write a debrief" not in see(browser, canary)
    token = csrf_token(browser, "/settings/profile")
    assert browser.post(f"/profiles/{canary.profile_id}/debrief", data={"csrf_token": token}).status_code == 403
    assert canary.within(lambda: DebriefRequest.newest(canary.team.id, canary.profile_id)) is None


def test_what_is_on_its_way_can_be_asked_for_only_once(browser_of, bob, canary):
    browser = browser_of(bob)
    ask_for_one(browser, canary)
    ask_for_one(browser, canary)
    assert "Write a debrief" not in see(browser, canary)
    canary.work()
    canary.work()
    assert canary.debrief.version == 1


def test_more_than_enough_is_refused_with_a_sentence(browser_of, bob, canary):
    facts = {"account_id": canary.team.id, "profile_id": canary.profile_id, "asked_by": bob.member_id}
    many = [DebriefRequest(**facts, asked_at=now(), due_at=now(), state="written") for _ in range(ASKED_A_DAY)]
    canary.within(lambda: db.session.add_all(many))
    browser = browser_of(bob)
    ask_for_one(browser, canary)
    assert "This account has reached the limit of 100 debriefs a day. Try again tomorrow." in see(browser, canary)


def test_the_page_says_that_it_is_being_written(browser_of, charlie, canary):
    request_id = canary.ask()
    with canary.app.app_context(), writing():
        DebriefAttempt.take(request_id, timedelta(minutes=1))
    assert "A debrief is being written." in see(browser_of(charlie), canary)


def test_the_page_says_why_it_takes_longer_and_when_it_will_be_tried_again(browser_of, charlie, by_model, model_server):
    model_server.answers = [sends("500 Internal Server Error", b"{}")]
    by_model.ask()
    by_model.work()
    page = see(browser_of(charlie), by_model)
    assert f"{WHY['faulty']} The next attempt is in a moment." in page
    assert "Try again" not in page
    by_model.within(
        lambda: db.session.execute(update(DebriefRequest).values(due_at=now() + timedelta(minutes=4, seconds=30)))
    )
    assert "The next attempt is in 4 minutes" in see(browser_of(charlie), by_model)


def test_a_failure_is_told_with_its_reason_and_can_be_tried_again(browser_of, bob, charlie, by_model, model_server):
    model_server.answers = [sends("401 Unauthorized", b"{}")]
    by_model.ask()
    by_model.work()
    page = see(browser_of(charlie), by_model)
    assert f"The debrief requested just now {FAILED}. {WHY['refused']}" in page
    assert "Composed by Profile from the scores, in place of openai-chat:local, just now" in page
    assert "Try again" not in page
    browser = browser_of(bob)
    assert "Try again" in see(browser, by_model)
    ask_for_one(browser, by_model)
    by_model.work()
    page = see(browser, by_model)
    assert "Written by openai-chat:local from the scores, just now , as version 2. Earlier versions" in page
    assert FAILED not in page


def test_who_would_be_asked_is_said_beside_the_button(browser_of, bob, charlie, by_model, model_server):
    sentence = (
        f"New debriefs are written by openai-chat:local at 127.0.0.1:{model_server.port}, which gets only the scores."
    )
    assert sentence in see(browser_of(bob), by_model)
    by_model.turn_on(None)
    assert sentence not in see(browser_of(bob), by_model)


def test_a_debrief_of_older_results_says_so(browser_of, charlie, canary):
    canary.ask()
    canary.work()
    browser, newer = browser_of(charlie), "This debrief is based on older results."
    assert newer not in see(browser, canary)
    canary.take(core=core_result(["wealth", "wisdom", "freedom", "security", "fun"]))
    assert newer in see(browser, canary)


def test_earlier_versions_are_kept_with_the_scores_that_they_came_from(browser_of, charlie, canary):
    canary.within(lambda: Debrief.write(canary.profile, "# First\n\nCalm <b>once</b>.", "person", SCORES))
    canary.within(lambda: Debrief.write(canary.profile, "# Second\n\nCalm still.", "embedded", SCORES))
    browser = browser_of(charlie)
    answer = browser.get(f"/profiles/{canary.profile_id}/debrief")
    page = text_of(answer)
    assert "Version 2 Composed by Profile from the scores, just now" in page
    assert "Version 1 Written by a person, just now" in page
    older = browser.get(first(r'href="(/profiles/[^"]+/debriefs/[^"]+)">Version 1', answer.text))
    page = text_of(older)
    for said in (
        "version 1",
        "There is a newer version.",
        "First Calm <b>once</b>.",
        "IS: Dominance 20, Influence 72",
        "Flexibility",
        "Fairness, Family happiness, Freedom, Security, Fun",
    ):
        assert said in page, said
    assert "<b>once</b>" not in older.text


def test_nothing_is_said_of_debriefs_before_there_are_results(browser_of, bob, ana, canary):
    browser = browser_of(bob)
    assert "Debrief" not in text_of(browser.get(f"/profiles/{ana}"))
    assert "A debrief needs results" in text_of(browser.get(f"/profiles/{ana}/debrief"))
    token = csrf_token(browser, "/settings/profile")
    answer = browser.post(f"/profiles/{ana}/debrief", data={"csrf_token": token}, follow_redirects=True)
    assert "There are no results to write a debrief from yet." in text_of(answer)


def test_a_debrief_of_another_profile_or_account_is_an_unknown_one(browser_of, eve, bob, canary, ana):
    canary.ask()
    canary.work()
    for person, profile_id in ((eve, canary.profile_id), (bob, ana), (bob, UNKNOWN)):
        assert browser_of(person).get(f"/profiles/{profile_id}/debriefs/{canary.debrief.id}").status_code == 404
    assert browser_of(bob).get(f"/profiles/{canary.profile_id}/debriefs/{UNKNOWN}").status_code == 404


def test_an_assistant_reads_who_wrote_it(claude, by_model, model_server):
    by_model.ask()
    by_model.work()
    told = claude.result("get_debrief", profile_id=str(by_model.profile_id))["debrief"]
    assert told["written_by"] == "Written by openai-chat:local from the scores"
    assert (told["author"], told["model"], told["version"]) == ("model", "openai-chat:local", 1)
