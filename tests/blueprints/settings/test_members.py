"""Members: inviting, changing roles, letting somebody go."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.connections.authorization import EndReason
from models.connections.connection import Connection
from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Role
from models.secrets import INVITATION, fingerprint, mint
from tests.for_each import for_each
from tests.pages import csrf_token, first, hidden_fields, submit, text_of

INVITATIONS = "/settings/members/invitations"
LINK = r"http://localhost/join/pfi_[\w-]{43}"


def role_of(app, person):
    with app.app_context():
        member = db.session.get_one(Member, person.member_id)
        return None if member.removed_at else member.role


def at(person, what):
    return f"/settings/members/{person.member_id}/{what}"


def test_without_a_mail_server_alice_gets_a_link_to_hand_over(app, alice, browser_of, audit_log):
    browser = browser_of(alice)
    answer = submit(browser, INVITATIONS, email="dora@example.com", role="Manager")
    link = first(r'id="link" value="(http://localhost/join/pfi_[\w-]{43})"', answer.get_data(as_text=True))
    members = browser.get("/settings/members")
    assert "dora@example.com" in text_of(members)
    assert "pfi_" not in members.get_data(as_text=True)
    assert "Join Aperture Science" in text_of(app.test_client().get(link))
    assert audit_log(alice)[-1] == ("member.invited", "allowed")


def test_the_same_link_can_be_shown_again_and_holds_seven_days_more(app, alice, browser_of, audit_log):
    browser = browser_of(alice)
    link = first(LINK, submit(browser, INVITATIONS, email="dora@example.com", role="Manager").text)
    with app.app_context():
        db.session.execute(update(MemberInvitation).values(expires_at=now() - timedelta(days=1)))
        db.session.commit()
    assert app.test_client().get(link).status_code == 410
    again = submit(
        browser, first(r"/settings/members/invitations/[\w-]+/sending", page_of(browser)), page="/settings/members"
    )
    assert first(LINK, again.text) == link
    assert app.test_client().get(link).status_code == 200
    assert audit_log(alice)[-1] == ("member.invited_again", "allowed")


def test_a_link_that_was_drawn_by_chance_works_until_another_is_asked_for(app, alice, browser_of):
    """As invitations had them before they went by mail, and have them after SECRET_KEY was changed."""
    browser, old = browser_of(alice), mint(INVITATION)
    submit(browser, INVITATIONS, email="dora@example.com", role="Manager")
    with app.app_context():
        db.session.execute(update(MemberInvitation).values(token_hash=fingerprint(old)))
        db.session.commit()
    assert app.test_client().get(f"/join/{old}").status_code == 200
    again = submit(
        browser, first(r"/settings/members/invitations/[\w-]+/sending", page_of(browser)), page="/settings/members"
    )
    assert app.test_client().get(first(LINK, again.text)).status_code == 200
    assert app.test_client().get(f"/join/{old}").status_code == 404


def test_an_invitation_that_was_taken_back_is_not_sent_again(app, alice, browser_of):
    browser = browser_of(alice)
    submit(browser, INVITATIONS, email="dora@example.com", role="User")
    sending = first(r"/settings/members/invitations/[\w-]+/sending", page_of(browser))
    submit(browser, sending.replace("sending", "cancellation"), page="/settings/members")
    answer = submit(browser, sending, page="/settings/members/invitations")
    assert answer.status_code == 403
    assert "Send a new invitation." in text_of(answer)


@pytest.mark.both_databases
def test_two_owners_who_invite_one_address_at_once_leave_one_open_invitation(app, alice, browser_of):
    browsers = [browser_of(alice) for _ in range(4)]
    tokens = [csrf_token(browser, INVITATIONS) for browser in browsers]

    def go(number):
        form = {"csrf_token": tokens[number], "email": "dora@example.com", "role": "User"}
        return browsers[number].post(INVITATIONS, data=form).status_code

    with ThreadPoolExecutor(4) as together:
        answers = list(together.map(go, range(4)))
    assert set(answers) <= {200, 400}
    assert 200 in answers
    with app.app_context():
        assert len(MemberInvitation.open_in(alice.account_id)) == 1


@pytest.mark.both_databases
def test_two_owners_who_demote_each_other_at_once_leave_an_owner(app, alice, bob, browser_of):
    submit(browser_of(alice), at(bob, "role"), role="Owner")
    attempts = [(browser_of(alice), at(bob, "role")), (browser_of(bob), at(alice, "role"))]
    opened = [hidden_fields(browser, path) for browser, path in attempts]

    def go(number):
        browser, path = attempts[number]
        return browser.post(path, data={**opened[number], "role": "User"}).status_code

    with ThreadPoolExecutor(2) as together:
        answers = list(together.map(go, range(2)))
    assert all(status < 500 for status in answers)
    assert [role_of(app, alice), role_of(app, bob)].count("Owner") == 1


def test_alice_cancels_an_invitation(app, alice, browser_of):
    browser = browser_of(alice)
    answer = submit(browser, INVITATIONS, email="dora@example.com", role="User")
    link = first(r"/join/pfi_[\w-]{43}", answer.get_data(as_text=True))
    cancellation = first(r"/settings/members/invitations/[\w-]+/cancellation", page_of(browser))
    assert submit(browser, cancellation, page="/settings/members").location == "/settings/members"
    assert "Open invitations" not in text_of(browser.get("/settings/members"))
    assert app.test_client().get(link).status_code == 410


def page_of(browser):
    return browser.get("/settings/members").get_data(as_text=True)


@for_each(
    ("email", "role", "sentence"),
    [
        ("", "User", "Enter an e-mail address."),
        ("dora", "User", "in the form name@example.com"),
        ("dora@example.com", "", "Choose a role."),
        ("dora@example.com", "Emperor", "Choose one of the values"),
        ("BOB@example.com", "User", "already a member"),
    ],
)
def test_an_invitation_that_cannot_be_made_is_refused_on_its_field(alice, bob, browser_of, email, role, sentence):
    answer = submit(browser_of(alice), INVITATIONS, email=email, role=role)
    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_alice_makes_bob_an_owner_and_he_may_do_at_once_what_owners_do(app, alice, bob, browser_of, audit_log):
    his = browser_of(bob)
    assert his.get("/settings/members").status_code == 403
    assert submit(browser_of(alice), at(bob, "role"), role="Owner").location == "/settings/members"
    assert his.get("/settings/members").status_code == 200
    assert audit_log(alice)[-1] == ("member.role_changed", "allowed")


def test_alice_removes_bob_and_is_told_what_ends(app, alice, bob, browser_of, connect, audit_log):
    chat = connect(bob, name="ChatGPT")
    his, browser = browser_of(bob), browser_of(alice)
    assert chat.call("list_tags").status_code == 200
    page = text_of(browser.get(at(bob, "removal")))
    assert "Remove Bob?" in page
    assert "ChatGPT" in page
    assert submit(browser, at(bob, "removal")).location == "/settings/members"
    assert role_of(app, bob) is None
    assert his.get("/profiles").location == "/no-account"
    assert chat.call("list_tags").status_code == 401
    assert audit_log(alice)[-1] == ("member.removed", "allowed")


def test_the_last_owner_cannot_be_demoted(app, alice, bob, browser_of):
    answer = submit(browser_of(alice), at(alice, "role"), role="User")
    assert answer.status_code == 400
    assert "An account needs an Owner. Make another member an Owner first." in text_of(answer)
    assert role_of(app, alice) == "Owner"


def test_the_last_owner_cannot_be_removed(app, alice, bob, browser_of):
    browser = browser_of(alice)
    assert "The last Owner cannot be removed" in text_of(browser.get("/settings/members"))
    assert f'href="{at(alice, "removal")}"' not in browser.get("/settings/members").text
    asked = browser.get(at(alice, "removal"))
    assert "You are the last Owner, and an account needs one" in text_of(asked)
    assert 'action="/settings/members/' not in asked.text
    answer = submit(browser, at(alice, "removal"))
    assert answer.status_code == 400
    assert "An account needs an Owner. Make another member an Owner first." in text_of(answer)
    assert role_of(app, alice) == "Owner"


def test_one_of_two_owners_can_be_removed(app, alice, bob, browser_of):
    browser = browser_of(alice)
    submit(browser, at(bob, "role"), role="Owner")
    assert "The last Owner" not in text_of(browser.get("/settings/members"))
    assert f'action="{at(bob, "removal")}"' in browser.get(at(bob, "removal")).text
    assert submit(browser, at(bob, "removal")).location == "/settings/members"


def test_an_owner_who_demotes_herself_is_led_to_a_page_she_may_see(app, alice, bob, browser_of):
    browser = browser_of(alice)
    submit(browser, at(bob, "role"), role="Owner")
    assert submit(browser, at(alice, "role"), role="User").location == "/"
    assert role_of(app, alice) == "User"
    assert browser.get("/settings/members").status_code == 403


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_bob_and_charlie_are_refused(request, app, alice, browser_of, name):
    somebody = request.getfixturevalue(name)
    browser = browser_of(somebody)
    token = csrf_token(browser, "/settings/profile")
    for path in ("/settings/members", INVITATIONS, at(alice, "role"), at(alice, "removal")):
        assert browser.get(path).status_code == 403
    form = {"csrf_token": token, "email": "dora@example.com", "role": "Owner"}
    for path in (INVITATIONS, at(somebody, "role"), at(alice, "removal"), f"{INVITATIONS}/{uuid.uuid4()}/cancellation"):
        assert browser.post(path, data=form).status_code == 403
    assert role_of(app, alice) == "Owner"
    assert role_of(app, somebody) == somebody.role


def test_eves_ids_answer_as_unknown_ids(app, alice, eve, browser_of):
    browser, hers = browser_of(alice), browser_of(eve)
    submit(hers, INVITATIONS, email="dora@example.com", role="User")
    with app.app_context():
        invitation_id = db.session.scalars(select(MemberInvitation.id)).one()
    token = csrf_token(browser, "/settings/profile")
    for member_id in (eve.member_id, uuid.uuid4()):
        for what in ("role", "removal"):
            path = f"/settings/members/{member_id}/{what}"
            assert browser.get(path).status_code == 404
            assert browser.post(path, data={"csrf_token": token, "role": "User"}).status_code == 404
    for unknown in (invitation_id, uuid.uuid4()):
        cancellation = f"{INVITATIONS}/{unknown}/cancellation"
        assert browser.post(cancellation, data={"csrf_token": token}).status_code == 404
    assert role_of(app, eve) == Role.OWNER
    assert "dora@example.com" in text_of(hers.get("/settings/members"))


@pytest.mark.asvs("7.4.2")
def test_a_removed_member_is_nobody_here_any_more(app, alice, bob, browser_of):
    browser = browser_of(alice)
    submit(browser, at(bob, "removal"))
    assert browser.get(at(bob, "role")).status_code == 404


@pytest.mark.parametrize("way", ["removed by an Owner", "of his own accord"])
def test_whoever_goes_takes_their_apps_with_them_and_the_audit_log_says_so(
    app, alice, bob, browser_of, connect, audit_log, way
):
    his, hers = connect(bob), connect(alice, name="Other")
    browser = browser_of(alice)
    if way == "removed by an Owner":
        assert submit(browser, at(bob, "removal")).status_code == 302
    else:
        assert submit(browser_of(bob), "/settings/account/leaving").status_code == 302
    assert his.call("list_tags").status_code == 401
    hers.result("list_tags")

    with app.app_context():
        connection = db.session.get_one(Connection, his.connection_id)
        gone_at = db.session.get_one(Member, bob.member_id).removed_at
        assert connection.revoked_at == connection.ended_at == gone_at
        assert connection.end_reason == EndReason.END_MEMBER
        assert [each.end_reason for each in connection.authorizations] == [EndReason.END_MEMBER]
        assert db.session.get_one(Connection, hers.connection_id).active
    assert ("connection.ended", "allowed") in audit_log(bob)
    told = text_of(browser.get("/settings/audit"))
    assert "The connection of Claude for Bob ended: its member is no longer in the account" in told


def test_who_comes_back_finds_nothing_connected(app, alice, bob, browser_of, connect):
    his = connect(bob)
    submit(browser_of(alice), at(bob, "removal"))
    with app.app_context(), in_account(alice.account_id):
        account, user = db.session.get_one(Account, alice.account_id), db.session.get_one(User, bob.user_id)
        again = Member.add(account, user, Role.OWNER)
        db.session.commit()
        assert Connection.live_of(again) == []
    assert his.call("list_tags").status_code == 401
