"""Leaving an account, and handing it over."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.accounts.member import Member
from models.database.base import db
from tests.pages import csrf_token, submit, text_of

LEAVING = "/settings/account/leaving"


def role_of(app, person):
    with app.app_context():
        member = db.session.get_one(Member, person.member_id)
        return None if member.removed_at else member.role


def ownership(person):
    return f"/settings/members/{person.member_id}/ownership"


def test_charlie_leaves_and_his_app_can_do_nothing_more(app, charlie, browser_of, connect, audit_log):
    chat = connect(charlie, name="ChatGPT")
    browser = browser_of(charlie)
    assert "leave this account" in text_of(browser.get("/settings/account"))
    page = text_of(browser.get(LEAVING))
    assert "Leave Aperture Science?" in page
    assert "ChatGPT" in page
    assert submit(browser, LEAVING).location == "/"
    assert role_of(app, charlie) is None
    assert browser.get("/profiles").location == "/no-account"
    assert chat.call("list_tags").status_code == 401
    assert ("member.left", "allowed") in audit_log(charlie)


def test_who_leaves_one_account_goes_on_in_the_other(app, charlie, browser_of, new_person, black_mesa):
    elsewhere = new_person("Charlie", black_mesa)
    browser = browser_of(charlie)
    submit(browser, "/accounts/current", page="/settings/profile", account=charlie.account_id)
    submit(browser, LEAVING)
    assert role_of(app, charlie) is None
    assert role_of(app, elsewhere) == "User"
    assert "You are using Black Mesa" in browser.get("/profiles").get_data(as_text=True)


def test_the_last_owner_is_told_why_she_cannot_leave(app, alice, bob, browser_of):
    browser = browser_of(alice)
    page = text_of(browser.get(LEAVING))
    assert "You are the last Owner, and an account needs one." in page
    token = csrf_token(browser, "/settings/profile")
    answer = browser.post(LEAVING, data={"csrf_token": token})
    assert answer.status_code == 403
    assert "Make another member an Owner first." in text_of(answer)
    assert role_of(app, alice) == "Owner"


def test_alice_hands_the_account_over_and_leaves(app, alice, bob, browser_of, audit_log):
    browser = browser_of(alice)
    assert "Transfer ownership to Bob?" in text_of(browser.get(ownership(bob)))
    assert submit(browser, ownership(bob)).location == "/"
    assert (role_of(app, alice), role_of(app, bob)) == ("Manager", "Owner")
    assert browser.get("/settings/members").status_code == 403
    assert browser_of(bob).get("/settings/members").status_code == 200
    assert audit_log(alice)[-1] == ("member.ownership_transferred", "allowed")
    assert submit(browser, LEAVING).location == "/"


def test_nobody_hands_over_to_themselves(app, alice, browser_of):
    browser = browser_of(alice)
    assert "Choose another member" in text_of(browser.get(ownership(alice)))
    token = csrf_token(browser, "/settings/profile")
    assert browser.post(ownership(alice), data={"csrf_token": token}).status_code == 403
    assert role_of(app, alice) == "Owner"


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_bob_and_charlie_hand_nothing_over(request, app, alice, charlie, browser_of, name):
    somebody = request.getfixturevalue(name)
    browser = browser_of(somebody)
    token = csrf_token(browser, "/settings/profile")
    assert browser.get(ownership(charlie)).status_code == 403
    assert browser.post(ownership(charlie), data={"csrf_token": token}).status_code == 403


def test_eves_member_is_an_unknown_one(app, alice, eve, browser_of):
    browser = browser_of(alice)
    token = csrf_token(browser, "/settings/profile")
    for member_id in (eve.member_id, uuid.uuid4()):
        path = f"/settings/members/{member_id}/ownership"
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"csrf_token": token}).status_code == 404
    assert role_of(app, alice) == "Owner"


@pytest.mark.both_databases
def test_two_owners_who_leave_at_once_leave_an_owner(app, alice, bob, browser_of):
    submit(browser_of(alice), f"/settings/members/{bob.member_id}/role", role="Owner")
    browsers = [browser_of(alice), browser_of(bob)]
    tokens = [csrf_token(browser, LEAVING) for browser in browsers]

    def go(number):
        return browsers[number].post(LEAVING, data={"csrf_token": tokens[number]}).status_code

    with ThreadPoolExecutor(2) as together:
        answers = sorted(together.map(go, range(2)))
    assert answers == [302, 403]
    assert [role_of(app, alice), role_of(app, bob)].count("Owner") == 1


def test_whoever_is_made_the_owner_at_that_moment_cannot_be_gone(app, alice, bob, browser_of):
    """Alice hands over to Bob while Bob leaves: one of the two does not come about."""
    hers, his = browser_of(alice), browser_of(bob)
    attempts = [(hers, ownership(bob), csrf_token(hers, ownership(bob))), (his, LEAVING, csrf_token(his, LEAVING))]

    def go(attempt):
        browser, path, token = attempt
        return browser.post(path, data={"csrf_token": token}).status_code

    with ThreadPoolExecutor(2) as together:
        answers = list(together.map(go, attempts))
    assert all(status < 500 for status in answers)
    assert "Owner" in {role_of(app, alice), role_of(app, bob)}


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(LEAVING).location == f"/sign-in?next={LEAVING}"
