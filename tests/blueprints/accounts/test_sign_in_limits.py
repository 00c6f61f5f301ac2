"""Whoever guesses at passwords must wait; nobody is locked out, and in a browser of their own nobody is made to wait by others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from models.accounts.user import User
from models.database import microseconds
from models.database.base import db
from models.identity.password_sign_in import change_password
from models.rate_limits.buckets import MINUTE, Throttle
from models.secrets import keyed_digest
from tests.fixtures.people import PASSWORD
from tests.pages import csrf_token, submit, text_of

ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


@pytest.fixture
def settings(settings):
    """Three failures as one person, and five from one address; none of them is forgotten within a test."""
    return replace(settings, limit_sign_ins=3, limit_sign_ins_address=5)


@pytest.fixture
def stranger(app):
    """Somebody's browser in which nobody has signed in."""
    return app.test_client()


def enter(browser, email, password=PASSWORD, **where):
    """Try to sign in; the status of the answer."""
    form = {"csrf_token": csrf_token(browser, "/sign-in"), "email": email, "password": password}
    return browser.post("/sign-in", data=form, **where).status_code


def guess(browser, email, times=3, **where):
    return [enter(browser, email, f"guess number {number}", **where) for number in range(times)]


@pytest.mark.asvs("6.3.1")
def test_after_three_wrong_passwords_even_the_right_one_must_wait(stranger, alice):
    assert guess(stranger, alice.email, 4) == [400, 400, 400, 429]
    answer = submit(stranger, "/sign-in", email=alice.email, password=alice.password)
    assert answer.status_code == 429
    assert f"Wait {answer.headers['Retry-After']} seconds, then try again" in text_of(answer)
    assert 1 <= int(answer.headers["Retry-After"]) <= 20


@pytest.mark.asvs("6.3.1")
def test_nobody_is_locked_out(stranger, alice, a_minute_passes):
    guess(stranger, alice.email, 4)
    a_minute_passes()
    assert enter(stranger, alice.email) == 302


def test_an_unknown_person_is_counted_alike(stranger, alice):
    known, unknown = guess(stranger, alice.email, 4), guess(stranger, "nobody@example.com", 2, **ELSEWHERE)
    assert known == [400, 400, 400, 429]
    assert unknown + guess(stranger, " Nobody@Example.com ", 2, **ELSEWHERE) == known


def test_others_at_the_same_address_go_on(stranger, alice, bob):
    guess(stranger, alice.email, 4)
    assert enter(stranger, bob.email) == 302


def test_the_same_person_elsewhere_goes_on(stranger, alice):
    guess(stranger, alice.email, 4)
    assert enter(stranger, alice.email, **ELSEWHERE) == 302


@pytest.mark.asvs("6.3.1")
def test_an_address_has_a_limit_whoever_it_tries(stranger, alice):
    assert [enter(stranger, f"nobody{number}@example.com", "wrong") for number in range(6)] == [400] * 5 + [429]
    assert enter(stranger, alice.email) == 429
    assert enter(stranger, alice.email, **ELSEWHERE) == 302


def test_many_networks_together_have_a_limit_too_but_not_in_her_own_browser(app, stranger, alice, bob, sign_in):
    hers = sign_in(app.test_client(), alice)
    submit(hers, "/sign-out", page="/settings/profile")
    for number in range(10):
        network = {"environ_base": {"REMOTE_ADDR": f"198.51.100.{number}"}}
        assert guess(stranger, alice.email, 3, **network) == [400] * 3
    assert enter(stranger, alice.email, "one guess more", **ELSEWHERE) == 429
    assert enter(stranger, bob.email, **ELSEWHERE) == 302
    assert enter(hers, alice.email) == 302


def test_signing_in_is_not_what_is_counted(app, alice):
    assert [enter(app.test_client(), alice.email) for _ in range(7)] == [302] * 7


def test_a_browser_she_signed_in_with_before_is_exempt(app, stranger, alice, sign_in):
    hers = sign_in(app.test_client(), alice)
    submit(hers, "/sign-out", page="/settings/profile")
    guess(stranger, alice.email, 4)
    guess(stranger, "nobody@example.com", 4)
    assert guess(hers, alice.email, 4) == [400] * 4
    assert enter(hers, alice.email) == 302


def test_it_is_exempt_for_her_alone(app, alice, bob, sign_in, stranger):
    hers = sign_in(app.test_client(), alice)
    submit(hers, "/sign-out", page="/settings/profile")
    assert guess(hers, bob.email, 4)[-1] == 429


def test_people_who_share_a_browser_are_all_known_there(app, alice, bob, charlie, sign_in, stranger):
    shared = sign_in(app.test_client(), alice)
    for person in (bob, charlie):
        submit(shared, "/sign-out", page="/settings/profile")
        sign_in(shared, person)
    submit(shared, "/sign-out", page="/settings/profile")
    for person in (alice, bob):
        assert guess(shared, person.email, 4) == [400] * 4


def test_a_new_password_makes_all_browsers_unknown(app, alice, sign_in):
    hers = sign_in(app.test_client(), alice)
    submit(hers, "/sign-out", page="/settings/profile")
    with app.app_context():
        person = db.session.get_one(User, alice.user_id)
        assert change_password(person, PASSWORD, "five herons over the harbour", alice.member_id)
        db.session.commit()
    assert guess(hers, alice.email, 4)[-1] == 429


@pytest.mark.parametrize("forged", ["", ".", "x" * 4_000, keyed_digest("known browser", []), "....."])
def test_a_mark_that_is_not_ours_makes_nobody_known(stranger, alice, forged):
    stranger.set_cookie("profile-known", forged)
    assert guess(stranger, alice.email, 4)[-1] == 429


def test_guessing_in_a_known_browser_ends_too(app, alice, sign_in):
    hers = sign_in(app.test_client(), alice)
    submit(hers, "/sign-out", page="/settings/profile")
    assert guess(hers, alice.email, 1) == [400]
    with app.app_context():
        # As if a hundred had failed: each is forgotten after a third of a minute.
        db.session.execute(update(Throttle).values(empty_at=microseconds() + 100 * MINUTE // 3))
        db.session.commit()
    assert enter(hers, alice.email) == 429


@pytest.mark.asvs("3.3.4")
def test_the_mark_is_out_of_reach_of_scripts_and_says_nothing(alice, client):
    answer = submit(client, "/sign-in", email=alice.email, password=alice.password)
    [cookie] = [sent for sent in answer.headers.getlist("Set-Cookie") if sent.startswith("profile-known=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert len(cookie.partition("=")[2].partition(";")[0]) == 64


@pytest.mark.both_databases
def test_tries_at_the_same_moment_are_counted_once_each(app, alice):
    browsers = [app.test_client() for _ in range(8)]
    forms = [
        {"csrf_token": csrf_token(browser, "/sign-in"), "email": alice.email, "password": "wrong"}
        for browser in browsers
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda pair: pair[0].post("/sign-in", data=pair[1]), zip(browsers, forms, strict=True))
        assert sorted(answer.status_code for answer in answers) == [400] * 3 + [429] * 5
