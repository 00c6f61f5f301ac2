"""Signing up: who may, what comes of it, and what a stranger learns."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from app import create_app
from blueprints.accounts.set_up import address_to_announce
from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.sign_up import set_up_token, sign_up
from models.accounts.user import User
from models.database.base import db, now
from models.errors import NotAllowed
from models.mail.message import Kind, Message
from models.privacy.person_export import own_data
from models.request_scope import open_scope
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

FORM = {
    "name": "Dora",
    "email": "dora@example.com",
    "password": "seven teapots on a bicycle",
    "account_name": "Dora's Diner",
}


@pytest.fixture
def sign_up_policy(settings):
    """The same server with another SIGN_UP."""
    apps = []

    def serve(policy):
        apps.append(create_app(replace(settings, sign_up=policy)))
        apps[-1].testing = True
        return apps[-1].test_client()

    yield serve
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def first(app):
    """The form of the first person, who has the set-up token."""
    with app.app_context():
        return FORM | {"token": set_up_token()}


def test_the_first_person_signs_up_by_the_link_in_the_log_and_owns_the_account(client, app):
    link = address_to_announce(app)
    token = value_of("token", client.get(link))
    assert submit(client, "/sign-up", token=token, **FORM).location == "/settings/set-up"
    assert address_to_announce(app) is None
    assert "You are using Dora's Diner as Owner." in text_of_menu(client)
    with app.app_context():
        assert str(db.session.scalars(select(User)).one().password_hash).startswith("$argon2id$")


def value_of(field, page):
    return re.search(f'name="{field}"[^>]*value="([^"]*)"', page.get_data(as_text=True))[1]


@pytest.mark.asvs("6.3.2")
@for_each("policy", ["open", "invite"])
@for_each("token", ["", "pfu_guessed"])
def test_the_first_visitor_of_a_public_server_does_not_become_its_owner(sign_up_policy, app, policy, token):
    browser = sign_up_policy(policy)
    assert "data-set-up" in browser.get("/sign-up").get_data(as_text=True)
    answer = submit(browser, "/sign-up", **FORM, token=token)
    assert answer.status_code == 400
    assert 'href="#token"' in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_what_skips_the_page_needs_the_token_too(app):
    with app.app_context(), pytest.raises(NotAllowed):
        sign_up("open", "dora@example.com", "Dora", FORM["password"], "Diner")


def test_many_wrong_tokens_make_a_network_wait_but_not_the_right_one(client, first):
    answers = [submit(client, "/sign-up", **FORM, token=f"wrong {n}") for n in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert submit(client, "/sign-up", **first).location == "/settings/set-up"


def test_the_token_ends_with_the_first_account(sign_up_policy, client, alice, first):
    token = csrf_token(client, "/sign-in")
    assert client.post("/sign-up", data=first | {"csrf_token": token}).status_code == 403
    assert "data-set-up" not in sign_up_policy("open").get("/sign-up").get_data(as_text=True)


@pytest.mark.both_databases
def test_a_spent_token_never_works_again_even_if_the_only_account_is_deleted(client, app, first):
    def delete_account():
        with app.app_context():
            db.session.execute(delete(User))
            db.session.execute(delete(Account))
            db.session.commit()

    with app.app_context():
        for_dora = set_up_token(FORM["email"])
    assert submit(client, "/sign-up", **first).location == "/settings/set-up"
    delete_account()
    stranger = app.test_client()
    for spent in (first["token"], for_dora):
        assert submit(stranger, "/sign-up", **{**first, "token": spent}).status_code == 400
    # The server administrator finds a new one where the first one was.
    token = value_of("token", stranger.get(address_to_announce(app)))
    assert submit(stranger, "/sign-up", **{**first, "token": token}).location == "/settings/set-up"


def test_a_server_whose_database_is_not_ready_starts_without_a_link(settings, tmp_path):
    empty = create_app(replace(settings, database_url=f"sqlite:///{tmp_path}/empty.db"))
    assert address_to_announce(empty) is None


@pytest.mark.parametrize("policy", ["open", "invite", "closed"])
def test_the_administrator_invites_the_first_owner_by_their_address(sign_up_policy, app, policy):
    said = sign_up_policy(policy).application.test_cli_runner().invoke(args=["owner", "invite", FORM["email"]])
    browser, link = sign_up_policy(policy), re.search(r"http://localhost(/sign-up\?\S+)", said.output)[1]
    page = browser.get(link)
    assert value_of("email", page) == FORM["email"]
    given = FORM | {"token": value_of("token", page)}
    assert submit(browser, "/sign-up", page=link, **{**given, "email": "eve@example.com"}).status_code == 400
    assert submit(browser, "/sign-up", page=link, **given).location == "/settings/set-up"
    assert browser.application.test_cli_runner().invoke(args=["owner", "invite", "eve@example.com"]).exit_code == 1


def test_without_a_mail_server_nothing_is_mailed_to_the_first_owner(app, runner):
    runner.invoke(args=["owner", "invite", FORM["email"]])
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_an_address_that_is_none_is_not_invited(app, runner):
    assert runner.invoke(args=["owner", "invite", "nonsense"]).exit_code == 1


def text_of_menu(client):
    return client.get("/settings/profile").get_data(as_text=True).replace("&#39;", "'")


def test_after_the_first_account_others_need_an_invitation(client, alice):
    page = client.get("/sign-up")
    assert page.status_code == 403
    assert "Ask an Owner" in text_of(page)
    token = csrf_token(client, "/sign-in")
    assert client.post("/sign-up", data={"csrf_token": token, **FORM}).status_code == 403
    assert "Create an account" not in text_of(client.get("/sign-in"))


def test_an_open_server_lets_anybody_sign_up(sign_up_policy, alice):
    browser = sign_up_policy("open")
    assert "Create an account" in text_of(browser.get("/sign-in"))
    assert submit(browser, "/sign-up", **FORM).location == "/settings/set-up"


def test_a_closed_server_lets_nobody_sign_up_not_even_the_first(sign_up_policy):
    assert sign_up_policy("closed").get("/sign-up").status_code == 403


def test_a_known_address_is_not_told_apart_further_than_that_it_cannot_be_used(sign_up_policy, alice):
    answer = submit(sign_up_policy("open"), "/sign-up", **{**FORM, "email": "ALICE@example.com"})
    assert answer.status_code == 400
    assert "This address cannot be used to sign up. If it is yours, sign in instead." in text_of(answer)
    assert "Aperture" not in answer.get_data(as_text=True)


@for_each(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter your name."),
        ("name", "\u202e \u200b", "Your name is required."),
        ("name", "n" * 121, "at most 120"),
        ("email", "dora", "in the form name@example.com"),
        ("email", "dora@example.com\x00", "not allowed"),
        ("password", "too short", "at least 15"),
        ("password", "to be or not to be that is the question", "too easy to guess"),
        ("password", "Dora's Dora's Dora's", "too easy to guess"),
        ("account_name", "", "Enter a name for the account."),
        ("account_name", "a" * 121, "at most 120"),
    ],
)
def test_what_cannot_be_accepted_is_said_on_its_field_and_nothing_is_made(client, app, first, field, value, sentence):
    answer = submit(client, "/sign-up", **{**first, field: value})
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_a_password_is_never_shown_again(client, first):
    answer = submit(client, "/sign-up", **{**first, "email": "nonsense"})
    assert FORM["password"] not in answer.get_data(as_text=True)


@pytest.mark.both_databases
def test_the_invitation_of_the_first_owner_is_mail_to_them(app, first):
    with app.app_context(), open_scope():
        Message.post(Kind.OWNER_INVITATION, FORM["email"])
        Message.post(Kind.OWNER_INVITATION, "other@example.com")
        token = set_up_token(FORM["email"])
        dora = sign_up("closed", FORM["email"], "Dora", FORM["password"], "Dora's Diner", token)
        db.session.commit()
        messages = json.loads("".join(own_data(dora.user_id)))["messages"]
    assert [(each["kind"], each["recipient"]) for each in messages] == [("owner_invitation", FORM["email"])]


@pytest.mark.asvs("2.3.4")
@pytest.mark.both_databases
def test_of_two_first_people_at_once_one_wins(app, first):
    browsers = [app.test_client() for _ in range(4)]
    tokens = [csrf_token(browser, "/sign-up") for browser in browsers]

    def go(number):
        form = {**first, "email": f"person{number}@example.com", "csrf_token": tokens[number]}
        return browsers[number].post("/sign-up", data=form).status_code

    with ThreadPoolExecutor(4) as together:
        answers = sorted(together.map(go, range(4)))
    assert answers == [302, 403, 403, 403]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1
        assert db.session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.both_databases
def test_two_sign_ups_with_one_address_at_once_make_one_person(sign_up_policy, alice):
    browsers = [sign_up_policy("open") for _ in range(3)]
    tokens = [csrf_token(browser, "/sign-up") for browser in browsers]

    def go(number):
        return browsers[number].post("/sign-up", data={**FORM, "csrf_token": tokens[number]}).status_code

    with ThreadPoolExecutor(3) as together:
        assert sorted(together.map(go, range(3))) == [302, 400, 400]


def test_somebody_without_an_account_is_told_what_to_do(app, client, alice, sign_in, runner):
    remove(app, alice)
    sign_in(client, alice)
    assert client.get("/profiles").location == "/no-account"
    page = client.get("/no-account")
    assert "invite alice@example.com" in text_of(page)
    assert "account_name" not in page.get_data(as_text=True)


def test_on_an_open_server_they_can_begin_an_account_of_their_own(app, sign_up_policy, alice, sign_in):
    remove(app, alice)
    browser = sign_in(sign_up_policy("open"), alice)
    assert submit(browser, "/no-account", account_name="").status_code == 400
    assert submit(browser, "/no-account", account_name="Alice & Co").location == "/"
    assert "Alice &amp; Co as Owner" in browser.get("/settings/profile").get_data(as_text=True)
    assert browser.get("/no-account").location == "/"


def remove(app, person):
    """End a membership as if another Owner had done it."""

    with app.app_context():
        db.session.get_one(Member, person.member_id).removed_at = now()
        db.session.commit()
