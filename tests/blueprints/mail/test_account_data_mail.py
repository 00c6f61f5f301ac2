"""What people are told of exports and deletions: plain text, no link that gives or destroys anything, and no name of what is gone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from blueprints.mail.rendering import compose
from blueprints.worker.data import carry_out_deletions, make_data_exports
from blueprints.worker.mail import send_due_messages
from models.accounts.data_export import DataExport
from models.accounts.member import Member
from models.accounts.user import User
from models.database.base import db, now
from models.database.tenancy import in_account
from models.mail.message import Message
from models.permissions import Role
from models.privacy.account_deletion import ask_deletion, cancel_deletion
from models.privacy.erasure import Erasure
from models.privacy.person_deletion import delete_sign_in


@pytest.fixture
def account(app, alice):
    """Alice's account, while something is done in it."""
    with app.app_context(), in_account(alice.account_id):
        yield alice.account_id


def letters(kind):
    """What the messages of this kind say, by recipient."""
    found = {}
    for message in db.session.scalars(select(Message).where(Message.kind == kind)).all():
        composed = compose(message)
        found[message.recipient] = composed and composed.letter
    return found


def links(letter):
    return re.findall(r"https?://\S+", letter.text)


def test_an_export_is_ready(account, alice):
    DataExport.ask(account, alice.member_id)
    db.session.commit()
    make_data_exports()

    letter = letters("export_ready")[alice.email]

    assert letter.subject == "The export of Aperture Science is ready"
    assert links(letter) == ["http://localhost/settings/data"]
    assert letter.html is None


def test_of_an_export_that_is_gone_nothing_is_said(account, alice):
    DataExport.ask(account, alice.member_id)
    db.session.commit()
    make_data_exports()
    DataExport.newest(account).remove()

    assert letters("export_ready") == {alice.email: None}


@pytest.fixture
def asked(account, alice, bob):
    """Alice has asked for the account to be deleted; Bob is an Owner too."""
    db.session.get_one(Member, bob.member_id).change_role(Role.OWNER)
    ask_deletion(db.session.get_one(Member, alice.member_id), "Aperture Science")
    db.session.commit()


def test_every_owner_hears_that_it_will_be_deleted_and_where_to_take_that_back(asked, alice, bob):
    told = letters("deletion_asked")

    assert told.keys() == {alice.email, bob.email}
    assert told[bob.email].subject == "Aperture Science will be deleted"
    assert "Alice requested the deletion of the account Aperture Science." in told[bob.email].text
    assert links(told[bob.email]) == ["http://localhost/settings/data"]


def test_every_owner_hears_that_it_was_taken_back(asked, alice, bob):
    cancel_deletion(db.session.get_one(Member, bob.member_id))
    db.session.commit()

    assert letters("deletion_asked") == {alice.email: None, bob.email: None}
    assert letters("deletion_cancelled")[alice.email].subject == "Aperture Science will not be deleted"


def test_every_owner_hears_that_it_is_gone_without_its_name_and_is_then_forgotten(asked, alice, bob):
    db.session.execute(update(Erasure).values(due_at=now()))
    db.session.commit()
    carry_out_deletions()

    told = letters("account_deleted")

    assert told.keys() == {alice.email, bob.email}
    assert told[alice.email].subject == "Your account was deleted"
    assert "Aperture" not in told[alice.email].text
    assert links(told[alice.email]) == []
    send_due_messages()
    carry_out_deletions()
    assert db.session.scalars(select(Message)).all() == []


def test_whoever_deleted_their_sign_in_hears_of_it_and_is_then_forgotten(account, alice, bob):
    delete_sign_in(db.session.get_one(User, bob.user_id))
    db.session.commit()

    assert letters("sign_in_deleted")[bob.email].subject == "Your sign-in was deleted"
    send_due_messages()
    carry_out_deletions()
    assert db.session.scalars(select(Message.recipient)).all() == []
