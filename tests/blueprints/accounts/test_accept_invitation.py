"""Joining an account by the link of an invitation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.audit.actions import Action
from models.audit.entry import AuditEntry
from models.database.base import db, now
from models.permissions import Role
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

NEW = {"name": "Dora", "password": "seven teapots on a bicycle"}


@pytest.fixture
def invite(app):
    """Has an Owner invite an address; gives the path of the link."""

    def make(owner, email, role=Role.MANAGER):
        with app.app_context():
            _, secret = MemberInvitation.create(db.session.get_one(Member, owner.member_id), email, role)
            db.session.commit()
            return f"/join/{secret}"

    return make


@pytest.fixture
def link(invite, alice):
    """Alice's invitation for dora@example.com, to be a Manager."""
    return invite(alice, "dora@example.com")


def members(app, account_id):
    with app.app_context():
        return {member.user.email: member.role for member in Member.in_account(account_id)}


def test_dora_who_is_new_here_gives_a_name_and_a_password_and_is_in(app, client, alice, link):
    page = text_of(client.get(link))
    assert "Join Aperture Science" in page
    assert "dora@example.com" in page
    assert "Manager" in page
    assert submit(client, link, **NEW).location == "/"
    assert members(app, alice.account_id)["dora@example.com"] == "Manager"
    assert client.get("/settings/profile").status_code == 200


def test_a_weak_password_is_refused_and_the_link_still_works(app, client, alice, link):
    assert "at least 15" in text_of(submit(client, link, name="Dora", password="short"))
    assert submit(client, link, **NEW).location == "/"


def test_bob_who_is_known_signs_in_first_and_comes_back(app, client, invite, eve, bob):
    link = invite(eve, bob.email, Role.USER)
    page = client.get(link)
    assert "Sign in first" in text_of(page)
    assert f'href="/sign-in?next={link}"' in page.get_data(as_text=True)
    assert submit(client, "/sign-in", email=bob.email, password=bob.password, next=link).location == link
    assert "Join Black Mesa" in text_of(client.get(link))
    assert submit(client, link).location == "/"
    assert members(app, eve.account_id)[bob.email] == "User"
    assert "Black Mesa as User" in client.get("/settings/profile").get_data(as_text=True)


def test_a_known_person_cannot_be_overwritten_from_the_link(app, client, invite, eve, bob):
    link = invite(eve, bob.email)
    token = csrf_token(client, "/sign-in")
    client.post(link, data={"csrf_token": token, **NEW})
    assert bob.email not in members(app, eve.account_id)
    assert submit(client, "/sign-in", email=bob.email, password=NEW["password"]).status_code == 400


def test_charlie_cannot_use_doras_link(app, client, charlie, link, sign_in):
    sign_in(client, charlie)
    assert "This invitation is for somebody else" in text_of(client.get(link))
    submit(client, link)
    assert members(app, charlie.account_id)[charlie.email] == "User"
    with app.app_context():
        assert db.session.scalars(select(MemberInvitation)).one().open


def test_signing_out_from_there_leads_back_to_the_link(client, charlie, link, sign_in):
    sign_in(client, charlie)
    assert submit(client, "/sign-out", page=link, next=link).location == link
    assert "Your name" in text_of(client.get(link))


@pytest.mark.asvs("6.4.1")
def test_a_link_works_once(app, client, alice, link):
    submit(client, link, **NEW)
    again = app.test_client().get(link)
    assert again.status_code == 410
    assert "This link was used" in text_of(again)


@pytest.mark.asvs("6.4.1")
def test_an_expired_link_says_so(app, client, alice, link):
    with app.app_context():
        db.session.execute(update(MemberInvitation).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    answer = client.get(link)
    assert answer.status_code == 410
    assert "This link expired on" in text_of(answer)
    assert client.post(link, data={"csrf_token": csrf_token(client, "/sign-in"), **NEW}).status_code == 410


def test_a_newer_link_takes_the_place_of_the_older(client, invite, alice, link):
    newer = invite(alice, "Dora@example.com")
    assert "replaced by a newer one" in text_of(client.get(link))
    assert client.get(newer).status_code == 200


def test_a_removed_owner_leaves_no_door_behind(app, client, alice, bob, invite):
    with app.app_context():
        db.session.get_one(Member, bob.member_id).change_role(Role.OWNER)
        db.session.commit()
    link = invite(bob, "dora@example.com", Role.OWNER)
    assert client.get(link).status_code == 200
    with app.app_context():
        db.session.get_one(Member, bob.member_id).remove()
        db.session.commit()
    assert client.get(link).status_code == 410
    assert client.post(link, data={"csrf_token": csrf_token(client, "/sign-in"), **NEW}).status_code == 410


@pytest.mark.both_databases
@pytest.mark.parametrize("way", ["demoted", "handed over"])
def test_an_owner_who_is_one_again_finds_none_of_the_invitations_from_before(app, client, alice, bob, invite, way):
    with app.app_context():
        db.session.get_one(Member, bob.member_id).change_role(Role.OWNER)
        db.session.commit()
    link, hers = invite(bob, "dora@example.com", Role.OWNER), invite(alice, "eli@example.com")
    with app.app_context():
        his, alices = (db.session.get_one(Member, each.member_id) for each in (bob, alice))
        his.change_role(Role.MANAGER) if way == "demoted" else his.hand_over_to(alices)
        db.session.commit()
        cancelled = select(func.count()).where(AuditEntry.action == Action.MEMBER_INVITATION_CANCELLED)
        assert db.session.scalar(cancelled) == 1
    assert client.get(link).status_code == 410
    with app.app_context():
        db.session.get_one(Member, bob.member_id).change_role(Role.OWNER)
        db.session.commit()
    assert client.get(link).status_code == 410
    assert client.get(hers).status_code == 200


@for_each("secret", ["nothing", "pfi_" + "x" * 43, "💣", "a" * 3_000, "%00"])
def test_an_unknown_link_is_a_page_that_helps(client, secret):
    answer = client.get(f"/join/{secret}")
    assert answer.status_code in (400, 404)


@pytest.mark.both_databases
def test_two_browsers_with_one_link_make_one_member(app, alice, link):
    browsers = [app.test_client() for _ in range(4)]
    tokens = [csrf_token(browser, link) for browser in browsers]

    def go(number):
        return browsers[number].post(link, data={"csrf_token": tokens[number], **NEW}).status_code

    with ThreadPoolExecutor(4) as together:
        answers = sorted(together.map(go, range(4)))
    assert answers.count(302) == 1
    assert all(status in (302, 400, 410, 200) for status in answers)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 2


@pytest.mark.asvs("16.2.5")
def test_the_links_secret_is_in_no_log(client, link, caplog):
    client.get(link)
    client.get(f"{link}/")  # mistyped: matches no route
    client.get(f"/sign-in?next={link}")
    paths = [vars(record)["path"] for record in caplog.records if record.name == "profile.requests"]
    assert paths == ["/join/pfi_…", "/join/pfi_…/", "/sign-in"]
    assert not any(link.removeprefix("/join/") in str(vars(record)) for record in caplog.records)
