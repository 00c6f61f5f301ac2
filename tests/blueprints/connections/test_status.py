"""What a connection's page says is so: how the whole of it stands, each scope, by whom, and since when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.account import Account
from models.accounts.member import Member
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.permissions import Role
from models.scopes import ACCOUNT_READ, ALL_SCOPES, PROFILES_READ, TAGS_MANAGE
from tests.pages import submit, text_of

LIST, EVERYONE = "/settings/connections", "/settings/connections/everyone"


@pytest.fixture
def bobs(connect, bob):
    return connect(bob)


@pytest.fixture
def page(bobs):
    return f"{LIST}/{bobs.connection_id}"


@pytest.fixture
def change(app, bobs):
    """Changes Bob's connection, as time or somebody else would."""

    def do(**values):
        with app.app_context():
            connection = db.session.get_one(Connection, bobs.connection_id)
            for name, value in values.items():
                setattr(connection, name, value)
            db.session.commit()

    return do


@pytest.fixture
def decide(app, alice):
    """Sets the policy of Alice's account."""

    def do(**wanted):
        with app.app_context():
            values = {"registration": True, "second_factor": False, "read_only": False, "hide_contact": False}
            db.session.merge(ConnectionPolicy(account_id=alice.account_id, **values | wanted))
            db.session.commit()

    return do


def text_on(browser, page):
    return text_of(browser.get(page))


def test_after_a_demotion_the_page_says_what_the_role_takes_away(app, bob, browser_of, page):
    with app.app_context():
        db.session.get_one(Member, bob.member_id).role = Role.USER
        db.session.commit()
    browser = browser_of(bob)
    for said in (text_on(browser, page), text_on(browser, LIST)):
        assert said.count("Not possible in your role (User)") == 2
    assert text_on(browser, page).count("Allowed") == 3


def test_an_owner_reads_the_same_of_the_member(app, alice, bob, browser_of, page):
    with app.app_context():
        db.session.get_one(Member, bob.member_id).role = Role.USER
        db.session.commit()
    assert text_on(browser_of(alice), page).count("Not possible in its member's role (User)") == 2


def test_a_policy_over_scopes_is_said_of_each(bob, browser_of, page, decide):
    decide(scopes=frozenset({TAGS_MANAGE, PROFILES_READ}))
    said = text_on(browser_of(bob), page)
    assert said.count("Blocked by the account's policy") == 3
    assert said.count("Allowed") == 2


def test_a_scope_that_was_taken_away_or_denied_says_since_when(app, bob, browser_of, connect):
    his = connect(bob, ALL_SCOPES - {ACCOUNT_READ})
    page, browser = f"{LIST}/{his.connection_id}", browser_of(bob)
    with app.app_context():
        db.session.get_one(Authorization, his.authorization_id).created_at = now() - timedelta(days=3)
        db.session.commit()
    assert "Denied 3 days ago" in text_on(browser, page)
    submit(browser, f"{page}/narrowing", page=page, scope=TAGS_MANAGE)
    for said in (text_on(browser, page), text_on(browser, LIST)):
        assert "Removed by you just now" in said
        assert "Denied 3 days ago" in said
    submit(browser, f"{page}/restoration", page=page, scope=TAGS_MANAGE)
    assert "Removed by" not in text_on(browser, page)


def test_what_the_policy_lets_no_app_have_cannot_be_given(bob, browser_of, page, decide):
    browser = browser_of(bob)
    submit(browser, f"{page}/narrowing", page=page, scope=TAGS_MANAGE)
    decide(scopes=frozenset({PROFILES_READ}))
    assert f"{page}/restoration" not in browser.get(page).text
    answer = submit(browser, f"{page}/restoration", page=page, scope=TAGS_MANAGE)
    assert answer.status_code == 400
    assert "The account's policy blocks tags:manage" in text_of(answer)


def test_what_no_installation_asked_for_was_never_asked_for(app, bob, browser_of, bobs, page):
    with app.app_context():
        installation = db.session.get_one(Authorization, bobs.authorization_id)
        installation.requested = installation.granted = frozenset({TAGS_MANAGE})
        db.session.commit()
    assert text_on(browser_of(bob), page).count("Not requested") == 4


def test_an_app_that_the_policy_keeps_out_says_so_everywhere(alice, bob, browser_of, bobs, page, decide):
    decide(apps=["claude.ai"])
    assert "policy blocks this app" in bobs.refusal("list_tags")
    his, hers = browser_of(bob), browser_of(alice)
    for said in (text_on(his, page), text_on(his, LIST), text_on(hers, page), text_on(hers, EVERYONE)):
        assert "Blocked by" in said
    assert "(blocked by the account's policy)" in text_on(his, page)


@pytest.mark.parametrize("asked_by", ["account", "policy"])
def test_a_member_without_the_second_factor_reads_that_it_is_needed(app, bob, browser_of, page, decide, asked_by):
    browser = browser_of(bob)
    if asked_by == "policy":
        decide(second_factor=True)
    else:
        with app.app_context():
            db.session.get_one(Account, bob.account_id).second_factor_required = True
            db.session.commit()
    for said in (text_on(browser, page), text_on(browser, LIST)):
        assert "Blocked until you set up a second factor" in said


def test_an_end_that_has_come_is_said_with_its_day(bob, alice, browser_of, page, change):
    change(ends_at=now() - timedelta(days=2))
    for browser, where in ((browser_of(bob), page), (browser_of(bob), LIST), (browser_of(alice), EVERYONE)):
        assert "ended 2 days ago : its end date had passed" in text_on(browser, where)


def test_the_longest_life_that_the_policy_gives_is_said(app, bob, browser_of, bobs, page, decide):
    with app.app_context():
        db.session.get_one(Authorization, bobs.authorization_id).created_at = now() - timedelta(days=5)
        db.session.commit()
    decide(longest_days=3)
    assert bobs.call("list_tags").status_code == 401
    for said in (text_on(browser_of(bob), page), text_on(browser_of(bob), LIST)):
        assert "Reconnect required. The account's policy requires this after 3 days." in said


def test_owners_read_when_and_why_a_removed_members_app_ended(app, alice, bob, browser_of, bobs, page):
    with app.app_context():
        db.session.get_one(Member, bob.member_id).removed_at = now() - timedelta(days=1)
        db.session.commit()
    browser = browser_of(alice)
    for said in (text_on(browser, page), text_on(browser, EVERYONE)):
        assert "ended 1 day ago : its member is no longer in the account" in said


def test_client_id_and_proven_domain_can_be_copied_for_the_policy(app, alice, browser_of, bobs, page):
    browser = browser_of(alice)
    with app.app_context():
        connection = db.session.get_one(Connection, bobs.connection_id)
        id_ = connection.client.client_id
    assert f'value="{id_}" readonly' in browser.get(page).text
    assert "No verified domain" in text_on(browser, page)
    with app.app_context():
        client = db.session.get_one(Connection, bobs.connection_id).client
        client.kind, client.client_id = "document", "https://claude.ai/oauth/client.json"
        db.session.get_one(Authorization, bobs.authorization_id).redirect_uri = "https://claude.ai/callback"
        db.session.commit()
    shown = browser.get(page).text
    assert 'value="claude.ai" readonly' in shown
    assert 'value="https://claude.ai/oauth/client.json" readonly' in shown


def test_owners_find_connections_by_member_or_app_and_turn_pages(app, alice, bob, charlie, browser_of, connect):
    connect(charlie, name="Charlie's robot")
    for number in range(51):
        connect(bob, name=f"Robot {number}")
    browser = browser_of(alice)
    first = browser.get(EVERYONE)
    assert "Apps 1 to 50 of 52" in text_of(first)
    assert "Robot 50" in text_of(first)
    assert "Apps 51 to 52 of 52" in text_on(browser, f"{EVERYONE}?page=2")
    assert "Charlie's robot" in text_on(browser, f"{EVERYONE}?page=2")
    found = text_on(browser, f"{EVERYONE}?search=charlie")
    assert "Charlie's robot" in found
    assert "Robot 50" not in found
    assert "Apps 1 to 1 of 1" in text_on(browser, f"{EVERYONE}?search=Robot+50")
    assert "Nothing found" in text_on(browser, f"{EVERYONE}?search=nobody")
    assert "The list ends before this page" in text_on(browser, f"{EVERYONE}?page=9")
    assert browser.get(f"{EVERYONE}?page=x").status_code == 400
