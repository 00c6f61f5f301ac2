"""What whoever runs the server does for people who cannot get in."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from models.accounts.user import User
from models.database.base import db
from models.mail.message import Message
from tests.pages import submit, text_of

NEW = "seven teapots on a bicycle"


def notices_to(app, person):
    with app.app_context():
        kinds = select(Message.kind).where(Message.about_id == person.user_id).order_by(Message.id)
        return list(db.session.scalars(kinds))


def test_reset_prints_a_link_that_works_once(app, runner, client, charlie, audit_log):
    said = runner.invoke(args=["people", "reset", "CHARLIE@example.com"])
    assert said.exit_code == 0
    link = re.search(r"http://localhost(/reset-password/\S+)", said.output)[1]
    assert submit(client, link, password=NEW).location == "/sign-in"
    assert client.get(link).status_code == 404
    assert submit(client, "/sign-in", email=charlie.email, password=NEW).status_code == 302
    assert notices_to(app, charlie) == ["password_changed"]
    assert ("person.password_reset", "allowed") in audit_log(charlie)


def test_email_changes_the_address_and_tells_the_former_one(app, runner, client, charlie, browser_of):
    before = browser_of(charlie)
    said = runner.invoke(args=["people", "email", charlie.email, "charles@example.com"])
    assert "signs in as charles@example.com" in said.output
    assert before.get("/settings/profile").status_code == 302
    assert submit(client, "/sign-in", email="charles@example.com", password=charlie.password).status_code == 302
    with app.app_context():
        message = db.session.scalars(select(Message)).one()
        assert (message.kind, message.recipient, message.facts) == ("email_changed", charlie.email, {"operator": True})


@pytest.mark.parametrize("address", ["bob@example.com", "nonsense", ""])
def test_email_refuses_what_cannot_be_an_address_of_charlie(app, runner, charlie, bob, address):
    said = runner.invoke(args=["people", "email", charlie.email, address])
    assert said.exit_code == 1
    with app.app_context():
        assert db.session.get_one(User, charlie.user_id).email == charlie.email


@pytest.mark.asvs("6.3.4")
def test_forget_factors_lets_alice_in_by_her_password_alone(
    app, runner, client, alice, give_app, give_codes, browser_of
):
    before = browser_of(alice)
    give_app(alice)
    code = give_codes(alice)[0]
    said = runner.invoke(args=["people", "forget-factors", alice.email])
    assert "no longer has a second factor" in said.output
    assert before.get("/settings/profile").status_code == 302
    assert submit(client, "/sign-in", email=alice.email, password=alice.password).location == "/"
    assert notices_to(app, alice) == ["factor_removed"]
    assert code not in text_of(client.get("/settings/sign-in"))


def test_a_password_too_short_to_stand_alone_goes_with_them(app, runner, client, alice, give_app):
    phone = give_app(alice)
    submit(client, "/sign-in", email=alice.email, password=alice.password)
    submit(client, "/sign-in/second-step", code=phone.code())
    short = "teapot ZX"
    changed = submit(client, "/settings/sign-in/password", present=alice.password, wanted=short, again=short)
    assert changed.status_code == 302
    said = runner.invoke(args=["people", "forget-factors", alice.email])
    assert "people reset" in said.output
    assert submit(app.test_client(), "/sign-in", email=alice.email, password=short).status_code == 400


@pytest.mark.parametrize("command", [["reset"], ["forget-factors"]])
def test_nobody_by_that_address(runner, alice, command):
    said = runner.invoke(args=["people", *command, "nobody@example.com"])
    assert said.exit_code == 1
    assert "Nobody signs in as nobody@example.com." in said.output
