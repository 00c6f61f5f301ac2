"""Changes to how a person signs in are notified by e-mail, and only once they are done; test_security_mail.py tests the texts."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from models.accounts.user import User
from models.database.base import db
from models.identity import second_factors
from models.identity.password_sign_in import change_password
from models.identity.recovery_codes import RecoveryCode
from models.identity.session import LoginSession
from models.mail.message import Message
from tests.device import Device
from tests.fixtures.factors import AuthenticatorApp
from tests.fixtures.people import PASSWORD
from tests.pages import csrf_token, first, submit

HOW = "/settings/sign-in"
APP, PASSKEYS = f"{HOW}/app", f"{HOW}/passkeys"
NEW = "seven teapots on a bicycle"


@pytest.fixture
def browser(alice, bob, browser_of):
    """Alice's; Bob is there as well, whom none of it concerns."""
    browser_of(bob)
    return browser_of(alice)


@pytest.fixture
def notices(app):
    """What was mailed since this was asked last: kind, recipient, and what was added or removed."""
    seen: set[uuid.UUID] = set()

    def read():
        with app.app_context():
            new = [each for each in db.session.scalars(select(Message).order_by(Message.id)) if each.id not in seen]
            seen.update(message.id for message in new)
            return [(message.kind, message.recipient, message.facts.get("factor")) for message in new]

    return read


def add_passkey(browser):
    options = browser.post(f"{PASSKEYS}/challenge", data={"csrf_token": csrf_token(browser, PASSKEYS)}).get_json()
    assert submit(browser, PASSKEYS, name="A phone", answer=Device().make(options)).status_code in {200, 302}


def offered(browser):
    """The seed that the page offers, and the app that has read its key."""
    page = browser.get(APP).text
    key = first(r'<code class="key">([A-Z2-7 ]+)</code>', page).replace(" ", "")
    return first(r'name="seed"[^>]*value="([^"]+)"', page), AuthenticatorApp(key)


def change(browser, present, wanted=NEW):
    return submit(browser, f"{HOW}/password", present=present, wanted=wanted, again=wanted)


@pytest.mark.asvs("6.2.2")
def test_a_new_password(browser, alice, notices):
    assert change(browser, alice.password).status_code == 302
    assert notices() == [("password_changed", alice.email, None)]


def test_a_passkey_that_is_added_and_removed(browser, alice, notices):
    add_passkey(browser)
    assert notices() == [("factor_added", alice.email, "passkey")]

    removal = first(rf'href="({PASSKEYS}/[0-9a-f-]+/removal)"', browser.get(HOW).text)
    assert submit(browser, removal).status_code == 302
    assert notices() == [("factor_removed", alice.email, "passkey")]


def test_an_authenticator_app_that_is_set_up_and_removed(browser, alice, notices):
    seed, phone = offered(browser)
    assert submit(browser, APP, seed=seed, code=phone.code()).status_code == 200
    assert notices() == [("factor_added", alice.email, "app")]

    assert submit(browser, f"{APP}/removal").status_code == 302
    assert notices() == [("factor_removed", alice.email, "app")]


def test_new_recovery_codes_and_one_that_is_used(app, browser, alice, notices, give_app):
    give_app(alice)
    code = first(r"<code>([a-z2-7-]{29})</code>", submit(browser, f"{HOW}/recovery-codes").text)
    assert notices() == [("recovery_codes_made", alice.email, None)]

    somewhere = app.test_client()
    submit(somewhere, "/sign-in", email=alice.email, password=alice.password)
    assert submit(somewhere, "/sign-in/second-step", code=code).status_code == 302
    assert notices() == [("recovery_code_used", alice.email, None)]


def test_what_was_refused_is_no_news(browser, alice, notices):
    seed, _ = offered(browser)
    assert change(browser, "not the present password").status_code == 400
    assert change(browser, alice.password, "too short").status_code == 400
    assert submit(browser, APP, seed=seed, code="000000").status_code == 400
    assert submit(browser, PASSKEYS, name="A phone", answer="{}").status_code == 400
    assert notices() == []


@pytest.mark.parametrize(
    "deed",
    [
        lambda person, here: change_password(person, PASSWORD, NEW, here),
        lambda person, here: second_factors.remove_app(person, here),
        lambda person, _: second_factors.renew_recovery_codes(person),
        lambda person, _: second_factors.recovery_code_used(person),
        lambda person, _: second_factors.forget_factors(person),
    ],
    ids=["password", "app", "codes", "code", "factors"],
)
def test_a_mail_is_of_one_piece_with_what_it_tells(app, browser, alice, notices, give_app, deed):
    """Both stand in one transaction: when that is undone, neither is there."""
    give_app(alice)
    with app.app_context():
        here = db.session.scalars(select(LoginSession.id).where(LoginSession.user_id == alice.user_id)).one()
        deed(db.session.get_one(User, alice.user_id), here)
        assert db.session.scalars(select(Message.recipient)).all() == [alice.email]
        db.session.rollback()
        assert db.session.get_one(User, alice.user_id).authenticator is not None
        assert RecoveryCode.left(alice.user_id) == 0
    assert notices() == []
