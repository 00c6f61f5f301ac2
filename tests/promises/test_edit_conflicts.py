"""Whatever can be edited: nobody undoes unseen what somebody else saved while the form was open."""

# ruff: noqa: F811 (fixtures of another file)
from __future__ import annotations

from collections import defaultdict

import pytest

from models.audit.recorder import AuditEntry
from models.database.base import db
from models.database.tenancy import in_account
from models.scopes import ALL_SCOPES
from tests.markup import read
from tests.pages import hidden_fields, text_of
from tests.plain_browser import unchanged_fields
from tests.promises.test_safe_methods import browser, ids  # noqa: F401 (fixtures)

POLICY = "/settings/connections/policy"
# What is edited, the field, what somebody else saves there, and what is entered in the form that stood open.
EDITS = {
    "an account": ("/settings/account", "name", "Aperture Laboratories", "Aperture Institute"),
    "what an account asks of members": ("/settings/account/second-factor", "second_factor_required", "y", None),
    "a profile": ("/profiles/{profile_id}/edit", "first_name", "Ana", "Anna"),
    "a custom id": ("/profiles/{profile_id}/edit", "custom_id", "crm-18", "crm-19"),
    "an alias": ("/settings/aliases/{alias_id}/edit", "consumer_key", "crm-18", "crm-19"),
    "a tag": ("/tags/{tag_id}/edit", "label", "Selling", "Sellers"),
    "a team": ("/reporting/teams/{team_id}/edit", "name", "Helpdesk", "Service desk"),
    "a role": ("/settings/members/{member_id}/role", "role", "User", "Owner"),
    "a person": ("/settings/profile", "name", "Alice Liddell", "Alice Pleasance"),
    "a passkey": ("/settings/sign-in/passkeys/{passkey_id}", "name", "An old phone", "A new phone"),
    "a policy": (POLICY, "daily_calls", "20", "50"),
    "the limits of a connection": ("/settings/connections/{connection_id}/limits", "daily_calls", "20", "50"),
}


def filled_in(page):
    """The edit form of a page, as it would be sent."""
    forms = (form for form in read(page).all("form") if "opened_with" in dict(unchanged_fields(form)))
    fields = defaultdict(list)
    for name, value in unchanged_fields(next(forms)):
        fields[name].append(value)
    return fields


def with_field(fields, name, value):
    return {**fields, name: [] if value is None else [value]}


@pytest.mark.parametrize("what", EDITS)
def test_what_somebody_else_saved_meanwhile_is_shown_before_it_is_overwritten(alice, browser_of, browser, ids, what):
    path, field, theirs, mine = EDITS[what]
    path = path.format(**ids)
    opened = filled_in(browser.get(path).text)
    assert browser.post(path, data=with_field(opened, field, theirs)).status_code == 302

    answer = browser.post(path, data=with_field(opened, field, mine))

    assert answer.status_code == 409
    shown = filled_in(answer.text)
    if mine is not None:
        assert f"was changed to {theirs}" in text_of(answer)
        assert shown[field] == [mine], "what was entered is kept"
    assert filled_in(browser.get(path).text)[field] == [theirs], "nothing was saved"
    assert browser.post(path, data=with_field(shown, field, mine)).status_code == 302
    if what != "a role":
        assert filled_in(browser.get(path).text)[field] == ([] if mine is None else [mine])


def entries(app, account_id):
    with app.app_context(), in_account(account_id):
        return db.session.scalar(db.select(db.func.count(AuditEntry.id)))


@pytest.mark.parametrize("path", sorted({path for path, *_ in EDITS.values()}))
def test_a_save_without_a_change_says_so_and_leaves_no_entry(app, alice, browser, ids, path):
    path = path.format(**ids)
    opened = filled_in(browser.get(path).text)
    before = entries(app, alice.account_id)

    answer = browser.post(path, data=opened, follow_redirects=True)

    assert answer.request.path == path
    assert "You made no changes, so there was nothing to save." in text_of(answer)
    assert entries(app, alice.account_id) == before


def test_what_was_not_touched_takes_over_what_somebody_else_saved(browser, ids):
    path = "/profiles/{profile_id}/edit".format(**ids)
    opened = filled_in(browser.get(path).text)
    assert browser.post(path, data=with_field(opened, "first_name", "Ana")).status_code == 302

    answer = browser.post(path, data=with_field(opened, "last_name", "Löwe"))

    assert answer.status_code == 409
    shown = filled_in(answer.text)
    assert (shown["first_name"], shown["last_name"]) == (["Ana"], ["Löwe"])


def test_two_words_that_changed_places_are_a_change(browser):
    path = "/settings/profile"
    browser.post(path, data=with_field(filled_in(browser.get(path).text), "name", "Alice Liddell"))
    opened = filled_in(browser.get(path).text)
    assert browser.post(path, data=with_field(opened, "name", "Liddell Alice")).status_code == 302
    assert browser.post(path, data=with_field(opened, "name", "Alice")).status_code == 409


def test_a_list_of_apps_stays_whole_after_a_conflict(alice, browser_of):
    window = browser_of(alice)
    sent = {"scopes": sorted(ALL_SCOPES), "registration": "y"}
    opened = hidden_fields(window, POLICY)
    both = {"apps": "claude.ai\r\nchatgpt.com"}
    assert window.post(POLICY, data={**opened, **sent, **both}).status_code == 302

    answer = window.post(POLICY, data={**opened, **sent, "daily_calls": "50"})

    assert answer.status_code == 409
    shown = read(answer.text)
    apps = next(area for area in shown.all("textarea") if area.attributes["name"] == "apps").text
    assert set(apps.split()) == {"claude.ai", "chatgpt.com"}
    again = {**filled_in(answer.text), "apps": apps}
    assert window.post(POLICY, data=again).status_code == 302
    kept = next(area for area in read(window.get(POLICY).text).all("textarea")).text
    assert set(kept.split()) == {"claude.ai", "chatgpt.com"}
