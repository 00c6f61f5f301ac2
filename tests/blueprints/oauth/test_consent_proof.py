"""An old session cannot give an app more than it has: proof comes first, and the app's request is not lost."""

from __future__ import annotations

from urllib.parse import unquote

from tests.assistant import Assistant, decide
from tests.fixtures.people import PASSWORD
from tests.pages import csrf_token


def test_a_new_app_is_connected_only_after_proof(browser, alice, claude, long_ago):
    long_ago(alice)
    asked = decide(browser, claude.ask(browser, scope="profiles:read"))
    assert asked.location.startswith("/sign-in/again")
    assert "No connected apps" in browser.get("/settings/connections").text
    token = csrf_token(browser, asked.location)
    where = browser.get(asked.location).text.split('name="next"')[1].split('value="')[1].split('"')[0]
    back = browser.post(
        "/sign-in/again", data={"csrf_token": token, "password": PASSWORD, "next": where.replace("&amp;", "&")}
    )
    assert back.location.startswith("/authorize?")
    code = claude.code_in(decide(browser, browser.get(back.location)))
    assert claude.redeem(code).status_code == 200


def test_a_request_that_is_too_long_to_carry_waits_for_the_proof(browser, alice, claude, long_ago):
    claude.state = "s" * 3_000
    long_ago(alice)
    asked = decide(browser, claude.ask(browser, scope="profiles:read"))
    kept = unquote(asked.location.partition("next=")[2])
    assert len(asked.location) < 200
    assert claude.state in browser.get(kept).location


def test_what_a_website_has_it_gets_again_and_more_needs_proof(app, browser, alice, long_ago):
    notes = Assistant(app, "Notes", "https://notes.example/callback").register().connect(browser, scope="profiles:read")
    long_ago(alice)
    assert notes.redeem(notes.code_in(decide(browser, notes.ask(browser, scope="profiles:read")))).status_code == 200
    more = decide(browser, notes.ask(browser, scope="profiles:read tags:manage"))
    assert more.location.startswith("/sign-in/again")


def test_on_a_computer_an_app_gets_nothing_again_without_proof(browser, alice, claude, long_ago):
    """Its id is no secret: anybody's program can pose as it there."""
    claude.connect(browser, scope="profiles:read")
    long_ago(alice)
    assert decide(browser, claude.ask(browser, scope="profiles:read")).location.startswith("/sign-in/again")


def test_a_denial_needs_no_proof(browser, alice, claude, long_ago):
    long_ago(alice)
    answer = decide(browser, claude.ask(browser), decision="deny")
    assert "/sign-in/again" not in (answer.location or "")


def test_at_another_website_an_app_gets_nothing_without_proof(app, browser, alice, long_ago):
    here, there = "https://notes.example/callback", "https://elsewhere.example/callback"
    notes = Assistant(app, "Notes", here).register(redirect_uris=[here, there]).connect(browser, scope="profiles:read")
    long_ago(alice)
    notes.redirect_uri = there
    page = notes.ask(browser, scope="profiles:read")
    assert decide(browser, page).location.startswith("/sign-in/again")
