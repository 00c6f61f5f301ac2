"""One connection's page: what it shows, and that each change on it is effective at the app's next request."""

from __future__ import annotations

import re

import pytest

from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE
from tests.pages import csrf_token, submit, text_of


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def page(claude):
    return f"/settings/connections/{claude.connection_id}"


@pytest.fixture
def sales(app, alice):
    """A tag, and Ana who carries it."""
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Sales", "blue")
        ana = Profile.create(alice.account_id, "ana@example.org", "Ana", "Löwe")
        tag.put_on([ana.id])
        db.session.commit()
        return str(tag.id)


def post(browser, page, path, **fields):
    return browser.post(page + path, data={"csrf_token": csrf_token(browser, page), **fields})


def test_three_clicks_lead_from_the_first_page_to_the_end_of_an_app(browser, claude):
    menu = browser.get("/settings/profile").text
    assert 'href="/settings/connections"' in menu  # one
    listed = browser.get("/settings/connections").text
    revocation = re.search(r'href="([^"]+/revocation)"', listed)  # two
    answer = submit(browser, revocation[1])  # three

    assert answer.status_code == 302
    assert claude.call("list_tags").status_code == 401


def test_the_page_says_what_it_did_and_of_whom_it_read(browser, claude, page, sales):
    claude.result("list_profiles")
    claude.result("update_tag", tag_id=sales, color="red")

    shown = browser.get(page)
    said = text_of(shown)
    assert ") changed the tag Sales to red" in said
    assert "1 person." in said
    assert "Ana Löwe" in said
    assert "Calls in 30 days 2" in said, said
    assert "2 calls in 30 days, at most 2 in a day" in shown.text


@pytest.mark.asvs("10.7.3")
def test_a_scope_is_taken_and_given_back_in_place(browser, claude, page):
    claude.result("list_tags")
    post(browser, page, "/narrowing", scope="tags:manage")
    assert claude.call("list_tags").status_code == 403
    assert f"{page}/restoration" in browser.get(page).text

    post(browser, page, "/restoration", scope="tags:manage")
    claude.result("list_tags")
    assert post(browser, page, "/narrowing", scope="no:such").status_code == 400


def test_it_pauses_and_goes_on(browser, claude, page):
    post(browser, page, "/pause")
    assert "paused" in claude.refusal("list_tags")
    assert "Paused" in text_of(browser.get(page))
    post(browser, page, "/resumption")
    claude.result("list_tags")


def test_limits_are_set_on_a_page_and_hold_at_once(browser, claude, page, sales):
    path = f"{page}/limits"
    answer = submit(
        browser, path, read_only="y", hide_contact="y", only_tags=[sales], daily_calls="5", ends_on="2099-12-31"
    )

    assert answer.status_code == 302
    (ana,) = claude.result("list_profiles")["profiles"]
    assert "email" not in ana
    assert "is read-only" in claude.refusal("create_tag", label="New", color="red")
    said = text_of(browser.get(page))
    for fact in ("None, read only", "Hidden", "Only with Sales", "Calls per day 5"):
        assert fact in said
    assert 'value="2099-12-31"' in browser.get(path).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("ends_on", "2020-01-01", "This date is in the past"),
        ("daily_calls", "0", "between 1"),
        ("ends_on", "soon", "Enter a day as year, month and day"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused_on_its_field(browser, page, field, value, sentence):
    answer = submit(browser, f"{page}/limits", **{field: value})

    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_only_its_member_changes_it_and_owners_see_it(browser_of, alice, bob, charlie, eve, connect):
    his = connect(charlie)
    page = f"/settings/connections/{his.connection_id}"
    owner = browser_of(alice)

    assert "connected by Charlie" in text_of(owner.get(page))
    assert post(owner, page, "/narrowing", scope="tags:manage").status_code == 404
    assert owner.get(f"{page}/limits").status_code == 404
    for stranger in (bob, eve):
        assert browser_of(stranger).get(page).status_code == 404
    post(owner, page, "/pause")
    assert "paused" in his.refusal("list_tags")
    submit(owner, f"{page}/revocation")
    assert his.call("list_tags").status_code == 401


def test_owners_see_every_connection_and_others_none(browser_of, alice, bob, charlie, connect):
    connect(charlie, name="Charlie's robot")

    assert "Charlie's robot" in text_of(browser_of(alice).get("/settings/connections/everyone"))
    assert browser_of(bob).get("/settings/connections/everyone").status_code == 403


def test_all_of_ones_own_end_together_and_nobody_elses(browser, claude, connect, alice, charlie):
    second, others = connect(alice, name="Second"), connect(charlie, name="Third")
    submit(browser, "/settings/connections/endings")

    assert [app.call("list_tags").status_code for app in (claude, second, others)] == [401, 401, 200]


def test_a_policy_is_set_on_a_page_and_holds_for_everybody(app, browser, charlie, connect):
    his = connect(charlie)
    page = "/settings/connections/policy"
    answer = submit(browser, page, scopes=["tags:manage", "profiles:read"], registration="y", daily_calls="2", apps="")

    assert answer.status_code == 302
    assert "policy blocks for all apps" in his.refusal("get_account")
    his.result("list_tags")
    assert "2 calls a day" in his.refusal("list_tags")
    with app.app_context():
        assert ConnectionPolicy.of(charlie.account_id).scopes == frozenset({TAGS_MANAGE, PROFILES_READ})


def test_a_policy_that_excludes_everything_is_refused_on_the_page(browser):
    answer = submit(browser, "/settings/connections/policy", registration="y")

    assert answer.status_code == 400
    assert "policy would block every app" in text_of(answer)


def test_whoever_is_demoted_takes_the_power_of_their_apps_along(app, alice, bob, connect, browser):
    his = connect(bob)
    his.result("create_tag", label="One", color="red")
    member = f"/settings/members/{bob.member_id}"
    submit(browser, f"{member}/role", role="User")
    assert "lacks the permission" in his.refusal("create_tag", label="Two", color="red")
    his.result("list_tags")
    submit(browser, f"{member}/removal")
    assert his.call("list_tags").status_code == 401
    with app.app_context():
        assert db.session.get_one(Connection, his.connection_id).ceiling == ALL_SCOPES
