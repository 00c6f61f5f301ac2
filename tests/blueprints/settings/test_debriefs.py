"""Who writes an account's debriefs: an Owner decides, and reads beforehand what would leave and to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config import Settings
from models.debriefs.prompt import INSTRUCTIONS
from tests.fixtures.people import PASSWORD
from tests.pages import csrf_token, submit, text_of

PAGE = "/settings/account/debriefs"
HERE = "this server"


@pytest.fixture
def settings(settings_with_model: Settings) -> Settings:
    return settings_with_model


@pytest.fixture
def host(model_server):
    return f"127.0.0.1:{model_server.port}"


def test_it_is_off_until_alice_turns_it_on_and_the_audit_log_says_so(
    canary, alice, charlie, browser_of, host, audit_log
):
    browser = browser_of(alice)
    assert "Written by this server. No data leaves it." in text_of(browser.get("/settings/account"))
    answer = submit(browser, PAGE, writer=host)
    assert answer.location == PAGE
    assert f"Scores go to {host} for debriefs from now on." in text_of(browser.get(PAGE))
    assert audit_log(alice)[-1] == ("account.changed", "allowed")
    sentence = f"Written by openai-chat:local at {host}, which gets scores but no names."
    assert sentence in text_of(browser_of(charlie).get("/settings/account"))
    assert canary.within(lambda: canary.account.allows_scores_to(host))


def test_the_page_says_what_leaves_to_whom_when_and_shows_it_to_the_letter(alice, browser_of, host):
    page = browser_of(alice).get(PAGE)
    told = text_of(page)
    for said in (
        "the DISC style and scores, the Focus scores, and the values in order",
        "No name, e-mail address, phone number",
        f"openai-chat:local at {host}, and nobody else",
        "The audit log records each time.",
        " ".join(INSTRUCTIONS.split()),
        '"family happiness"',
    ):
        assert said in told, said


def test_alice_turns_it_off_again(canary, alice, browser_of, host):
    browser = browser_of(alice)
    submit(browser, PAGE, writer=host)
    submit(browser, PAGE, writer=HERE)
    assert "Debriefs are composed on this server." in text_of(browser.get(PAGE))
    assert not canary.within(lambda: canary.account.debriefs_by_model)


@pytest.mark.parametrize(
    "given", [{}, {"writer": ""}, {"writer": "api.example.com"}, {"writer": "openai-chat:local"}], ids=range(4)
)
def test_what_was_not_shown_cannot_be_agreed_to(canary, alice, browser_of, given):
    answer = submit(browser_of(alice), PAGE, **given)
    assert answer.status_code == 400
    assert not canary.within(lambda: canary.account.debriefs_by_model)


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_nobody_else_decides(request, browser_of, host, name):
    browser = browser_of(request.getfixturevalue(name))
    assert browser.get(PAGE).status_code == 403
    token = csrf_token(browser, "/settings/profile")
    assert browser.post(PAGE, data={"csrf_token": token, "writer": host}).status_code == 403


def test_when_the_server_would_ask_another_host_the_page_says_that_nothing_leaves(by_model, alice, browser_of, host):
    by_model.turn_on("api.openai.com")
    page = text_of(browser_of(alice).get(PAGE))
    assert f"An Owner allowed scores to be sent to api.openai.com. This server now uses {host} instead." in page
    assert "No scores are sent. This server writes the debriefs until an Owner agrees to the new host." in page


def test_whoever_keeps_this_server_when_the_host_has_changed_withdraws_what_was_agreed(
    by_model, canary, alice, browser_of, host
):
    by_model.turn_on("api.openai.com")
    browser = browser_of(alice)
    assert " checked" not in browser.get(PAGE).text
    submit(browser, PAGE, writer=HERE)
    assert not canary.within(lambda: canary.account.debriefs_by_model)
    assert "checked" in browser.get(PAGE).text


def test_without_a_model_the_page_says_who_composes_and_offers_no_choice(by_model, alice, browser_of, settings, app):
    app.config["PROFILE"] = replace(settings, debrief_model="", debrief_base_url="")
    try:
        page = browser_of(alice).get(PAGE)
    finally:
        app.config["PROFILE"] = settings
    assert "This server writes debriefs itself, and no data leaves it." in text_of(page)
    assert "This server no longer has a language model. No scores are sent." in text_of(page)
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]


def test_no_assistant_can_turn_it_on(claude, canary):
    assert "debriefs_by_model" in claude.refusal("update_account", debriefs_by_model=True)
    assert not canary.within(lambda: canary.account.debriefs_by_model)


def test_an_old_session_is_asked_for_proof_before_scores_may_leave_but_not_to_stop_it(
    canary, alice, browser_of, host, long_ago
):
    browser = browser_of(alice)
    long_ago(alice)
    asked = submit(browser, PAGE, writer=host)
    assert asked.location.startswith("/sign-in/again")
    assert not canary.within(lambda: canary.account.debriefs_by_model)
    browser.post("/sign-in/again", data={"csrf_token": csrf_token(browser, asked.location), "password": PASSWORD})
    submit(browser, PAGE, writer=host)
    long_ago(alice)
    assert submit(browser, PAGE, writer=HERE).location == PAGE
    assert not canary.within(lambda: canary.account.debriefs_by_model)
