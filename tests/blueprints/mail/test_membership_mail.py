"""What people hear when an Owner changes what they are in an account: plain text, in the transaction that changes it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blueprints.mail.rendering import compose
from models.database.base import db
from models.mail.message import Message
from tests.pages import submit


@pytest.fixture
def hers(browser_of, alice):
    return browser_of(alice)


def letters(app, kind):
    """What the messages of this kind say, by recipient."""
    with app.app_context():
        found = db.session.scalars(select(Message).where(Message.kind == kind)).all()
        return {message.recipient: compose(message).letter for message in found}


def test_bob_hears_that_he_was_removed_and_what_that_means(app, hers, bob):
    submit(hers, f"/settings/members/{bob.member_id}/removal")
    letter = letters(app, "member_removed")[bob.email]
    assert letter.subject == "You are no longer a member of Aperture Science"
    assert "Alice, an Owner of Aperture Science, ended your membership" in letter.text
    assert "http" not in letter.text.replace("Sent by Profile at", "")
    assert letter.html is None


def test_bob_hears_of_his_new_role_and_not_of_the_one_he_has(app, hers, bob):
    submit(hers, f"/settings/members/{bob.member_id}/role", role=bob.role)
    assert letters(app, "role_changed") == {}
    submit(hers, f"/settings/members/{bob.member_id}/role", role="Owner")
    letter = letters(app, "role_changed")[bob.email]
    assert letter.subject == "You are now Owner in Aperture Science"
    assert "changed your role in Aperture Science to Owner" in letter.text


def test_whoever_is_made_the_owner_hears_of_it_and_whoever_hands_over_does_not(app, hers, alice, bob):
    submit(hers, f"/settings/members/{bob.member_id}/ownership")
    assert letters(app, "role_changed").keys() == {bob.email}


def test_whoever_leaves_of_their_own_accord_needs_no_mail(app, browser_of, bob):
    assert submit(browser_of(bob), "/settings/account/leaving").status_code == 302
    assert letters(app, "member_removed") == {}


def test_a_removal_that_is_refused_is_not_told(app, hers, alice):
    assert submit(hers, f"/settings/members/{alice.member_id}/removal").status_code == 400
    assert letters(app, "member_removed") == {}


def test_the_name_of_an_account_becomes_no_link(app, hers, connect, alice, bob):
    connect(alice).result("update_account", name="Aperture https://evil.example/login " + "x" * 80)
    submit(hers, f"/settings/members/{bob.member_id}/role", role="User")
    submit(hers, f"/settings/members/{bob.member_id}/removal")
    for kind in ("role_changed", "member_removed"):
        letter = letters(app, kind)[bob.email]
        assert "evil.example" not in letter.subject + letter.text
        assert "x" * 80 not in letter.subject + letter.text
