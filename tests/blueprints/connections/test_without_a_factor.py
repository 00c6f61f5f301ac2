"""Where an account asks for a second factor, whoever has none can stop their own apps, and neither see people nor loosen anything."""

from __future__ import annotations

import pytest

from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from tests.pages import csrf_token, text_of

LIST = "/settings/connections"


@pytest.fixture
def bobs(app, bob, connect):
    """Bob's app, limited, after it has read about Ana."""
    his = connect(bob)
    with app.app_context(), in_account(bob.account_id):
        Profile.create(bob.account_id, "ana@example.org", "Ana", "Löwe")
        db.session.commit()
    his.result("list_profiles")
    with app.app_context():
        db.session.get_one(Connection, his.connection_id).hide_contact = True
        db.session.commit()
    return his


@pytest.fixture
def page(bobs):
    return f"{LIST}/{bobs.connection_id}"


def post(browser, path, **fields):
    return browser.post(path, data={"csrf_token": csrf_token(browser, LIST), **fields})


def led_to_set_one_up(answer):
    return answer.status_code == 302 and answer.location.startswith("/settings/sign-in")


def of(app, robot):
    with app.app_context():
        connection = db.session.get_one(Connection, robot.connection_id)
        return connection.hide_contact, connection.paused_at is not None, connection.revoked_at is not None


def test_bob_sees_nobody_and_nothing_that_his_app_did(bob, aperture, browser_of, bobs, page, ask_for_second_factor):
    browser = browser_of(bob)
    assert "Ana Löwe" in text_of(browser.get(page))
    ask_for_second_factor(aperture)
    said = text_of(browser.get(page))
    assert "Ana" not in said
    assert "listed" not in said
    assert "Set up a second factor" in said
    assert said.count("Blocked until") == 1
    assert led_to_set_one_up(browser.get(f"{page}/people"))


def test_bob_stops_his_app_and_cannot_loosen_it(app, bob, aperture, browser_of, bobs, page, ask_for_second_factor):
    browser = browser_of(bob)
    ask_for_second_factor(aperture)
    assert led_to_set_one_up(browser.get(f"{page}/limits"))
    assert led_to_set_one_up(post(browser, f"{page}/limits"))
    assert of(app, bobs) == (True, False, False)

    assert post(browser, f"{page}/narrowing", scope="tags:manage").location == page
    assert led_to_set_one_up(post(browser, f"{page}/restoration", scope="tags:manage"))
    assert post(browser, f"{page}/pause").location == page
    assert led_to_set_one_up(post(browser, f"{page}/resumption"))
    assert of(app, bobs) == (True, True, False)
    with app.app_context():
        assert "tags:manage" not in db.session.get_one(Connection, bobs.connection_id).ceiling

    assert browser.get(f"{page}/revocation").status_code == 200
    assert post(browser, f"{page}/revocation").location == LIST
    assert of(app, bobs) == (True, True, True)


def test_an_owner_without_one_neither_sees_nor_stops_what_others_connected(
    app, alice, aperture, browser_of, bobs, page, ask_for_second_factor
):
    browser = browser_of(alice)
    ask_for_second_factor(aperture)
    for path in (page, f"{page}/people", f"{page}/revocation", f"{LIST}/everyone"):
        assert led_to_set_one_up(browser.get(path)), path
    for path in ("pause", "resumption", "revocation"):
        assert led_to_set_one_up(post(browser, f"{page}/{path}")), path
    assert of(app, bobs) == (True, False, False)


def test_with_one_everything_is_as_before(bob, alice, aperture, browser_of, give_app, page, ask_for_second_factor):
    his, hers = browser_of(bob), browser_of(alice)
    ask_for_second_factor(aperture)
    give_app(bob)
    give_app(alice)
    for browser in (his, hers):
        assert "Ana Löwe" in text_of(browser.get(page))
    assert his.get(f"{page}/limits").status_code == 200
