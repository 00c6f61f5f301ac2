"""What people are told of how they sign in."""

from __future__ import annotations

import re

import pytest

from blueprints.mail.rendering import compose
from blueprints.mail.security_mail import NOTICES, WITH_LINK
from models.accounts.member import Member
from models.accounts.user import User
from models.assessments.outbox import outbox_page
from models.database.base import db
from models.identity.security_notice import notify
from models.mail.message import Kind, Message
from models.request_scope import Actor, current_scope

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FACTS: dict[str, dict[str, object]] = {
    Kind.FACTOR_ADDED: {"factor": "passkey"},
    Kind.FACTOR_REMOVED: {"factor": "app"},
    Kind.RECOVERY_CODE_USED: {"left": 1},
}


@pytest.fixture
def notice(app, alice):
    """The mail that Alice gets of something, done in her browser or, without one, by the operator."""

    def write(kind, request_id="a-request", **facts):
        with app.app_context():
            current_scope().authenticated_as(Actor(request_id=request_id, address="192.0.2.0/24", user_agent=FIREFOX))
            notify(db.session.get_one(User, alice.user_id), kind, **{**FACTS.get(kind, {}), **facts})
            current_scope().authenticated_as(Actor())
            message = db.session.scalars(db.select(Message)).one()
            letter = compose(message).letter
            db.session.commit()
            return letter

    return write


@pytest.mark.parametrize("kind", sorted(NOTICES.keys() - WITH_LINK))
def test_a_notice_says_what_was_done_from_where_and_what_to_do(notice, kind):
    letter = notice(kind)
    assert letter.html is None
    assert "It was done with Firefox on Linux from the network 192.0.2.0/24." in letter.text
    assert "If this was you, you don't need to do anything." in letter.text
    assert "If it was not" in letter.text
    # Nothing in it does anything by being opened.
    for link in re.findall(r"http://localhost(\S+)", letter.text):
        assert link in {"/settings/sign-in", "/forgot-password"}


@pytest.mark.parametrize("kind", sorted(NOTICES.keys() - WITH_LINK))
def test_what_the_operator_did_is_said_to_be_theirs(notice, kind):
    letter = notice(kind, request_id=None)
    assert "The server administrator did this." in letter.text
    assert "Firefox" not in letter.text


@pytest.mark.parametrize(
    ("kind", "facts", "sentence"),
    [
        (Kind.FACTOR_ADDED, {"factor": "passkey"}, "A passkey was added"),
        (Kind.FACTOR_ADDED, {"factor": "app"}, "An authenticator app was set up"),
        (Kind.FACTOR_REMOVED, {"factor": "passkey"}, "A passkey was removed"),
        (Kind.FACTOR_REMOVED, {"factor": "all"}, "All second factors were removed"),
        (Kind.RECOVERY_CODE_USED, {"left": 0}, "You have none left"),
        (Kind.RECOVERY_CODE_USED, {"left": 1}, "You have one left"),
        (Kind.RECOVERY_CODE_USED, {"left": 7}, "You have 7 left"),
        (Kind.PASSWORD_CHANGED, {"by_link": True}, "with a link"),
    ],
)
def test_it_says_exactly_what_happened(notice, kind, facts, sentence):
    assert sentence in notice(kind, **facts).text


def test_no_accounts_outbox_shows_it(app, notice, alice):
    notice(Kind.PASSWORD_CHANGED)
    with app.app_context():
        assert db.session.scalars(db.select(Message)).one().account_id is None
        assert outbox_page(db.session.get_one(Member, alice.member_id)).rows == []
