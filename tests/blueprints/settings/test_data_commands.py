"""What the operator of a server does about data: after restoring a backup, and where somebody asks them to delete."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from blueprints.worker.data import carry_out_deletions
from blueprints.worker.mail import send_due_messages
from models.accounts.account import Account
from models.accounts.data_export import DataExport
from models.accounts.user import User
from models.database.base import db
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from tests.pages import submit


@pytest.fixture
def flask(runner):
    """Runs a command and says yes to what it asks."""
    return lambda *words: runner.invoke(args=["data", *words, "--yes"])


def test_after_a_backup_was_restored_everything_ends_that_may_have_ended_since(
    app, flask, alice, bob, browser_of, claude, connect
):
    chat, browser = connect(bob, name="ChatGPT"), browser_of(alice)
    with app.app_context(), in_account(alice.account_id):
        DataExport.ask(alice.account_id, alice.member_id).state = "ready"
        Message.post(Kind.RESULTS_ARRIVED, bob.email, account_id=alice.account_id)
        db.session.commit()

    done = flask("restored")

    assert done.exit_code == 0, done.output
    assert "2 connections revoked" in done.output
    assert "1 browsers signed out" in done.output
    assert "1 exports removed" in done.output
    assert 'the lines "deleted for good"' in done.output
    assert claude.call("list_tags").status_code == chat.call("list_tags").status_code == 401
    assert browser.get("/profiles").location.startswith("/sign-in")
    with app.app_context():
        assert set(db.session.scalars(select(Message.state))) == {"dropped"}


def test_without_a_yes_nothing_ends(runner, claude):
    assert runner.invoke(args=["data", "restored"], input="n\n").exit_code == 1
    assert claude.call("list_tags").status_code == 200


def test_an_account_is_deleted_at_once(app, flask, alice, claude):
    assert flask("delete-account", "Aperture Science").exit_code == 0
    assert claude.call("list_tags").status_code == 401
    with app.app_context():
        carry_out_deletions()
        assert db.session.scalar(select(Account.id)) is None


def test_a_person_is_deleted_unless_an_account_would_have_no_owner(app, flask, alice, bob):
    assert flask("delete-person", bob.email).exit_code == 0
    refused = flask("delete-person", alice.email)
    assert refused.exit_code == 1
    assert "only Owner of Aperture Science" in refused.output
    with app.app_context():
        assert db.session.scalars(select(User.name)).all() == ["Alice"]


@pytest.mark.parametrize("command", [("delete-account", "Nowhere"), ("delete-person", "nobody@example.com")])
def test_what_is_not_there_is_said_to_be_none(flask, command):
    done = flask(*command)
    assert done.exit_code == 1
    assert command[1] in done.output


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


def test_all_passwords_are_reset_by_mail(app, flask, alice, bob, browser_of, mailbox, sign_in):
    browser = browser_of(alice)
    assert "2 people get a link" in flask("reset-passwords").output
    assert "0 people get a link" in flask("reset-passwords").output
    assert browser.get("/profiles").location.startswith("/sign-in")
    refused = submit(app.test_client(), "/sign-in", email=alice.email, password=alice.password)
    assert refused.status_code == 400
    with app.app_context():
        send_due_messages()
    (mail,) = mailbox.to(bob.email)
    assert "restored from a backup" in mail.text
    assert "Your password is not changed" not in mail.text
    new = app.test_client()
    link = mail.link.removeprefix("http://localhost")
    assert submit(new, link, password="nine walruses in a canoe").status_code == 302
    sign_in(app.test_client(), replace(bob, password="nine walruses in a canoe"))


def test_without_a_mail_server_all_keep_their_passwords(app, flask, alice, settings, sign_in):
    app.config["PROFILE"] = replace(settings, mail_url="", mail_from="")
    try:
        assert "Nothing was changed" in flask("reset-passwords").output
    finally:
        app.config["PROFILE"] = settings
    sign_in(app.test_client(), alice)


def test_members_are_listed_and_one_who_is_back_is_removed(app, runner, flask, alice, bob, eve, browser_of):
    listed = runner.invoke(args=["data", "members", "--account", "Aperture Science"]).output
    assert alice.email in listed
    assert eve.email not in listed
    assert eve.email in runner.invoke(args=["data", "members"]).output
    browser = browser_of(bob)
    assert flask("remove-member", "Aperture Science", bob.email).exit_code == 0
    assert browser.get("/profiles").status_code != 200
    assert "is not a member" in flask("remove-member", "Aperture Science", bob.email).output
    assert "needs an Owner" in flask("remove-member", "Aperture Science", alice.email).output
