"""Signing in and out, and choosing the account to look at."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from models.database.base import db
from models.identity.session import LoginSession
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

WRONG = "Incorrect e-mail address or password"


@pytest.mark.both_databases
def test_alice_signs_in_and_out(client, alice, sign_in, audit_log):
    sign_in(client, alice)
    assert client.get("/").status_code == 302
    assert submit(client, "/sign-out", page="/settings/profile").location == "/sign-in"
    assert client.get("/").location == "/sign-in?next=/"
    assert audit_log(alice)[-2:] == [("person.signed_in", "allowed"), ("person.signed_out", "allowed")]


@pytest.mark.asvs("7.4.1")
def test_a_copied_cookie_is_worth_nothing_after_signing_out(app, alice, browser_of):
    browser = browser_of(alice)
    copy = app.test_client()
    copy.set_cookie("profile", browser.get_cookie("profile").value)
    assert copy.get("/settings/profile").status_code == 200
    submit(browser, "/sign-out", page="/settings/profile")
    assert copy.get("/settings/profile").status_code == 302


@pytest.mark.asvs("7.2.1")
def test_the_cookie_names_a_row_that_keeps_only_a_hash(app, client, alice, sign_in):
    sign_in(client, alice)
    with client.session_transaction() as session:
        secret = session["signed_in"]
    with app.app_context():
        row = db.session.scalars(select(LoginSession)).one()
        assert secret not in (row.token_hash, str(row.id))
        assert len(row.token_hash) == 64


@pytest.mark.asvs("7.2.2", "7.2.4")
def test_signing_in_again_ends_the_session_before(app, client, alice, bob, sign_in):
    sign_in(client, alice)
    token = csrf_token(client, "/settings/profile")
    client.post("/sign-in", data={"csrf_token": token, "email": bob.email, "password": bob.password})
    with app.app_context():
        ended = {row.user_id: row.ended_at is not None for row in db.session.scalars(select(LoginSession))}
    assert ended == {alice.user_id: True, bob.user_id: False}


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client, alice):
    known = submit(client, "/sign-in", email=alice.email, password="not the password at all")
    unknown = submit(client, "/sign-in", email="nobody@example.com", password="not the password at all")
    assert known.status_code == unknown.status_code == 400
    assert WRONG in text_of(known)
    assert text_of(known) == text_of(unknown)


@pytest.mark.asvs("16.3.1")
def test_a_failed_sign_in_is_in_the_audit_log_of_every_account_of_that_person(
    client, alice, new_person, black_mesa, audit_log
):
    elsewhere = new_person("Alice", black_mesa)
    submit(client, "/sign-in", email=alice.email, password="not the password at all")
    assert audit_log(alice)[-1] == audit_log(elsewhere)[-1] == ("person.sign_in_failed", "refused")


def test_sign_in_goes_on_to_the_page_that_was_asked_for(client, alice):
    answer = client.get("/settings/audit?action=tag.changed")
    assert answer.location == "/sign-in?next=/settings/audit?action%3Dtag.changed"
    form = client.get(answer.location).get_data(as_text=True)
    assert 'name="next" type="hidden" value="/settings/audit?action=tag.changed"' in form
    wrong = submit(client, "/sign-in", email=alice.email, password="wrong", next="/settings/audit?page=2")
    assert 'value="/settings/audit?page=2"' in wrong.get_data(as_text=True)
    right = submit(client, "/sign-in", email=alice.email, password=alice.password, next="/settings/audit?page=2")
    assert right.location == "/settings/audit?page=2"


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(client, alice, target):
    assert submit(client, "/sign-in", email=alice.email, password=alice.password, next=target).location == "/"


@pytest.mark.asvs("2.2.1")
@for_each(
    ("email", "password"),
    [("", ""), ("alice@example.com\x00", "x" * 20), ("a" * 5_000, "b" * 5_000), ("\x00", "\x00"), ("😀", "\u202e")],
)
def test_bad_input_is_refused_on_the_form(client, email, password):
    assert submit(client, "/sign-in", email=email, password=password).status_code == 400


@pytest.mark.asvs("3.5.1")
def test_a_form_without_its_token_is_refused(client, alice):
    assert client.post("/sign-in", data={"email": alice.email, "password": alice.password}).status_code == 400


def test_alice_switches_to_her_other_account_and_back(client, alice, new_person, black_mesa, sign_in):
    elsewhere = new_person("Alice", black_mesa)
    sign_in(client, alice)
    submit(client, "/accounts/current", page="/settings/profile", account=elsewhere.account_id)
    assert "Black Mesa" in client.get("/settings/account").get_data(as_text=True)
    submit(client, "/accounts/current", page="/settings/profile", account=alice.account_id)
    assert "You are using Aperture Science as Owner." in client.get("/settings/account").get_data(as_text=True)


def test_nobody_switches_to_an_account_that_is_not_theirs(client, charlie, eve, sign_in):
    sign_in(client, charlie)
    strangers = submit(client, "/accounts/current", page="/settings/profile", account=eve.account_id)
    unknown = submit(client, "/accounts/current", page="/settings/profile", account=uuid.uuid4())
    garbage = submit(client, "/accounts/current", page="/settings/profile", account="'; --")
    assert strangers.status_code == unknown.status_code == garbage.status_code == 404


def test_what_was_pasted_along_with_an_address_does_not_count(client, alice):
    typed = f"\u200b{alice.email.upper()}\u00a0"
    assert submit(client, "/sign-in", email=typed, password=alice.password).status_code == 302
