"""The account's settings: every member sees them, Owners change them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from models.accounts.account import Account
from models.database.base import db
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

SETTINGS: dict[str, Any] = {
    "name": "Aperture Laboratories",
    "assessments": ["disc", "core"],
    "core_extended": "y",
    "reminder_days": "2",
}


def test_alice_changes_the_settings(alice, charlie, browser_of, audit_log):
    assert submit(browser_of(alice), "/settings/account", **SETTINGS).location == "/settings/account"
    page = text_of(browser_of(charlie).get("/settings/account"))
    for fact in (
        "Aperture Laboratories",
        "DISC, Core Values",
        "After 2 and 4 days",
        "With coloured areas",
        "Top ten shown",
    ):
        assert fact in page
    assert audit_log(alice)[-1] == ("account.changed", "allowed")


def test_what_is_ticked_shows_as_ticked(alice, browser_of):
    browser = browser_of(alice)
    submit(browser, "/settings/account", **{**SETTINGS, "eco_printing": "y"})
    page = browser.get("/settings/account").get_data(as_text=True)
    assert page.count(" checked") == 4


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_bob_and_charlie_see_the_settings_and_change_nothing(request, alice, browser_of, audit_log, name):
    browser = browser_of(request.getfixturevalue(name))
    page = browser.get("/settings/account")
    assert "Only Owners can change these settings." in text_of(page)
    token = csrf_token(browser, "/settings/profile")
    assert browser.post("/settings/account", data={"csrf_token": token, **SETTINGS}).status_code == 403
    assert "Aperture Science" in text_of(browser.get("/settings/account"))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter a name for the account."),
        ("name", "a" * 121, "at most 120"),
        ("assessments", [], "Choose at least one assessment."),
        ("assessments", ["tarot"], "Choose one of the values offered here."),
        ("reminder_days", "7", "Choose one of the values offered here."),
        ("reminder_days", "soon", "Choose one of the values offered here."),
    ],
)
def test_what_cannot_be_accepted_is_said_and_nothing_changes(alice, browser_of, audit_log, field, value, sentence):
    browser = browser_of(alice)
    answer = submit(browser, "/settings/account", **{**SETTINGS, field: value})
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert 'value="Aperture Science"' in browser.get("/settings/account").get_data(as_text=True)
    assert ("account.changed", "allowed") not in audit_log(alice)


def test_everything_missing_is_named_at_once(alice, browser_of):
    page = text_of(submit(browser_of(alice), "/settings/account", name=""))
    assert "Enter a name for the account." in page
    assert "Choose at least one assessment." in page


def test_alice_chooses_for_how_long_the_audit_log_is_kept(alice, charlie, browser_of, audit_log):
    assert (
        submit(browser_of(alice), "/settings/account", **{**SETTINGS, "audit_retention_days": "90"}).status_code == 302
    )
    assert "Kept for 90 days" in text_of(browser_of(charlie).get("/settings/account"))
    assert "kept for 90 days. Its Owners can change that." in text_of(browser_of(charlie).get("/settings/privacy"))
    assert ("account.changed", "allowed") in audit_log(alice)


@for_each("days", ["29", "3651", "-1", "a year", "1e3", "9" * 5_000])
def test_it_is_not_kept_for_longer_or_shorter_than_can_be(alice, browser_of, days):
    browser = browser_of(alice)
    answer = submit(browser, "/settings/account", **{**SETTINGS, "audit_retention_days": days})
    assert answer.status_code == 400
    assert "kept for 30 to 3,650 days" in text_of(answer)
    assert 'value="400"' in browser.get("/settings/account").text


def test_how_long_the_audit_log_is_kept_is_changed_by_whoever_has_just_proven_who_they_are(
    app, alice, browser_of, long_ago
):
    browser = browser_of(alice)
    long_ago(alice)
    sent: dict[str, Any] = {
        "name": "Aperture Labs",
        "assessments": ["disc"],
        "reminder_days": "0",
        "audit_retention_days": "90",
    }
    answer = submit(browser, "/settings/account", **sent)
    assert answer.location.startswith("/sign-in/again?next=")
    with app.app_context():
        account = db.session.get_one(Account, alice.account_id)
        assert (account.name, account.audit_retention_days) == (alice.account_name, 400)

    back = parse_qs(urlsplit(answer.location).query)["next"][0]
    assert submit(browser, answer.location, password=alice.password, next=back).location == back
    form = browser.get(back).text
    assert 'value="Aperture Labs"' in form
    assert 'value="90"' in form
    assert submit(browser, "/settings/account", **sent).location == "/settings/account"
    with app.app_context():
        assert db.session.get_one(Account, alice.account_id).audit_retention_days == 90


def test_anything_else_of_the_account_needs_no_new_proof(app, alice, browser_of, long_ago):
    browser = browser_of(alice)
    long_ago(alice)
    sent: dict[str, Any] = {
        "name": "Aperture Labs",
        "assessments": ["disc"],
        "reminder_days": "0",
        "audit_retention_days": "",
    }
    assert submit(browser, "/settings/account", **sent).location == "/settings/account"
