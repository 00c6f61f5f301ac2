"""Signing in by a passkey, as a whole and as the second factor; and what is no passkey."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.database.base import db, now
from models.identity.passkey import Passkey
from models.identity.webauthn_challenge import Ceremony
from tests.device import PRESENT, VERIFIED, Device
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

CHALLENGE, SIGN_IN = "/sign-in/passkey/challenge", "/sign-in/passkey"
STEP_TWO = "/sign-in/second-step"
NOT_TAKEN = "This passkey was not accepted."


@pytest.fixture
def key_of_alice(alice, browser_of, device):
    """Alice's device, with a passkey that she has added here."""
    add(browser_of(alice), device)
    return device


def add(browser, device, name="A phone"):
    page = "/settings/sign-in/passkeys"
    token = csrf_token(browser, page)
    options = browser.post(f"{page}/challenge", data={"csrf_token": token}).get_json()
    answer = browser.post(page, data={"csrf_token": token, "name": name, "answer": device.make(options)})
    assert answer.status_code in {200, 302}, text_of(answer)


def asked(browser, purpose="sign_in", page="/sign-in", address="127.0.0.1"):
    token = csrf_token(browser, page)
    form, where = {"csrf_token": token, "purpose": purpose}, {"REMOTE_ADDR": address}
    answer = browser.post(CHALLENGE, data=form, environ_base=where)
    assert answer.status_code == 200
    return answer.get_json()


def answer_with(browser, answer, path=SIGN_IN, page="/sign-in", **more):
    return submit(browser, path, page=page, answer=answer, **more)


def signed_in(client):
    return client.get("/settings/profile").status_code == 200


def test_alice_signs_in_without_address_and_password(client, alice, key_of_alice, audit_log):
    options = asked(client)
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert options["allowCredentials"] == []
    answer = answer_with(client, key_of_alice.prove(options), next="/settings/sessions")
    assert answer.location == "/settings/sessions"
    assert signed_in(client)
    assert audit_log(alice)[-1] == ("person.signed_in", "allowed")


def test_it_never_leads_to_another_site(client, key_of_alice):
    answer = answer_with(client, key_of_alice.prove(asked(client)), next="//evil.example")
    assert answer.location == "/"


def test_the_passkey_is_the_second_factor_too(client, alice, key_of_alice):
    assert submit(client, "/sign-in", email=alice.email, password=alice.password).location == STEP_TWO
    options = asked(client, "second_factor", STEP_TWO)
    assert [known["id"] for known in options["allowCredentials"]] == [key_of_alice.name]
    answer = answer_with(client, key_of_alice.prove(options), f"{STEP_TWO}/passkey", STEP_TWO, next="/tags")
    assert answer.location == "/tags"
    assert signed_in(client)


def test_bobs_passkey_does_not_complete_alices_sign_in(client, alice, bob, key_of_alice, browser_of):
    bobs = Device()
    add(browser_of(bob), bobs)
    submit(client, "/sign-in", email=alice.email, password=alice.password)
    options = asked(client, "second_factor", STEP_TWO)
    answer = answer_with(client, bobs.prove(options), f"{STEP_TWO}/passkey", STEP_TWO)
    assert answer.status_code == 400
    assert not signed_in(client)


def test_it_confirms_that_it_is_still_alice(alice, browser_of, long_ago, device):
    browser = browser_of(alice)
    add(browser, device)
    long_ago(alice)
    again = "/sign-in/again"
    options = asked(browser, "confirm", again)
    answer = answer_with(browser, device.prove(options), f"{again}/passkey", again, next="/settings/sign-in/password")
    assert answer.location == "/settings/sign-in/password"
    assert browser.get("/settings/sign-in/password").status_code == 200


def test_bobs_passkey_does_not_confirm_that_it_is_alice(client, alice, bob, browser_of, long_ago, key_of_alice):
    bobs = Device()
    add(browser_of(bob), bobs)
    answer_with(client, key_of_alice.prove(asked(client)))
    long_ago(alice)
    again = "/sign-in/again"
    answer = answer_with(client, bobs.prove(asked(client, "confirm", again)), f"{again}/passkey", again)
    assert answer.status_code == 400
    assert client.get("/settings/sign-in/password").status_code == 302


@for_each("page", ["/sign-in", "/sign-in/again", STEP_TWO])
def test_a_tab_that_is_opened_again_after_a_refusal_shows_the_page_to_try_again(alice, browser_of, page):
    answer = browser_of(alice).get(f"{page}/passkey")
    assert (answer.status_code, answer.location) == (302, page)


def test_a_challenge_is_answered_once(app, client, key_of_alice):
    answer = key_of_alice.prove(asked(client))
    copy = app.test_client()
    copy.set_cookie("profile", client.get_cookie("profile").value)
    assert answer_with(client, answer).status_code == 302
    assert answer_with(copy, answer).status_code == 400
    assert not signed_in(copy)


@pytest.mark.both_databases
def test_of_many_windows_with_one_challenge_at_once_one_gets_in(app, alice, browser_of):
    device = Device(counts=False)
    add(browser_of(alice), device)
    first = app.test_client()
    token = csrf_token(first, "/sign-in")
    answer = device.prove(first.post(CHALLENGE, data={"csrf_token": token, "purpose": "sign_in"}).get_json())
    cookie = first.get_cookie("profile").value
    windows = [app.test_client() for _ in range(5)]
    for window in windows:
        window.set_cookie("profile", cookie)

    def go(window):
        return window.post(SIGN_IN, data={"csrf_token": token, "answer": answer}).status_code

    with ThreadPoolExecutor(5) as together:
        assert sorted(together.map(go, windows)) == [302, 400, 400, 400, 400]


def test_another_browser_cannot_answer(app, client, key_of_alice):
    answer = key_of_alice.prove(asked(client))
    elsewhere = app.test_client()
    assert answer_with(elsewhere, answer).status_code == 400
    asked(elsewhere)
    assert answer_with(elsewhere, answer).status_code == 400
    assert not signed_in(elsewhere)


@pytest.mark.asvs("9.2.2")
def test_an_answer_for_one_purpose_is_none_for_another(client, alice, key_of_alice):
    submit(client, "/sign-in", email=alice.email, password=alice.password)
    answer = key_of_alice.prove(asked(client, "second_factor", STEP_TWO))
    assert answer_with(client, answer).status_code == 400
    assert not signed_in(client)


def test_a_challenge_waits_for_five_minutes(app, client, key_of_alice):
    answer = key_of_alice.prove(asked(client))
    with app.app_context():
        db.session.execute(update(Ceremony).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert answer_with(client, answer).status_code == 400


@for_each(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"party": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"user_handle": "AAAA"},
        {"key": Device().key},
        {"id": b"unknown"},
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words(client, key_of_alice, wrong):
    device = copy(key_of_alice)
    for name, value in wrong.items():
        setattr(device, name, value)
    answer = answer_with(client, device.prove(asked(client)))
    assert answer.status_code == 400
    assert NOT_TAKEN in text_of(answer)
    assert not signed_in(client)


def test_a_copy_of_a_key_is_found_by_its_counter(app, client, alice, key_of_alice, audit_log):
    answer_with(client, key_of_alice.prove(asked(client)))
    key_of_alice.signed -= 2
    thief = app.test_client()
    assert answer_with(thief, key_of_alice.prove(asked(thief))).status_code == 400
    assert audit_log(alice)[-1] == ("person.passkey_refused", "refused")


def test_a_device_that_does_not_count_works_again_and_again(app, alice, browser_of):
    device = Device(counts=False)
    add(browser_of(alice), device)
    for _ in range(3):
        browser = app.test_client()
        assert answer_with(browser, device.prove(asked(browser))).status_code == 302


def test_a_removed_passkey_signs_nobody_in(app, client, key_of_alice):
    with app.app_context():
        db.session.execute(db.delete(Passkey))
        db.session.commit()
    assert answer_with(client, key_of_alice.prove(asked(client))).status_code == 400


GARBAGE = [
    "",
    "{}",
    "[]",
    "null",
    "7",
    '"x"',
    "nonsense",
    '{"response": []}',
    '{"id": 7, "response": {}}',
    '{"id": "x", "response": {}}',
    "{" * 100_000,
    "[" * 10_000,
    '{"id": "\\u0000", "response": {}}',
    "\x00",
    "\ud800",
]


@for_each("garbage", GARBAGE)
def test_an_answer_that_is_none_is_refused(client, key_of_alice, garbage):
    asked(client)
    assert answer_with(client, garbage.encode("utf-8", "surrogatepass")).status_code == 400


JUNK: tuple[object, ...] = (None, [], "", "A", "AAAA", "A" * 5_000)


@pytest.mark.asvs("15.3.5")
@for_each("junk", JUNK)
def test_an_answer_with_anything_in_any_of_its_places_is_refused(client, key_of_alice, junk):
    for place in ("authenticatorData", "signature", "clientDataJSON", "userHandle", "id", "rawId", "type"):
        good = json.loads(key_of_alice.prove(asked(client)))
        inner = place in good["response"]
        broken = good | ({"response": good["response"] | {place: junk}} if inner else {place: junk})
        assert answer_with(client, json.dumps(broken)).status_code == 400, place


@for_each("purpose", ["second_factor", "confirm", "add", "", "nonsense"])
def test_a_stranger_is_given_no_other_challenge(client, purpose):
    token = csrf_token(client, "/sign-in")
    assert client.post(CHALLENGE, data={"csrf_token": token, "purpose": purpose}).status_code == 400


def test_who_asks_for_many_challenges_must_wait(client):
    token = csrf_token(client, "/sign-in")
    form = {"csrf_token": token, "purpose": "sign_in"}
    # Sixty a minute: while they are sent, a few more become possible.
    answers = [client.post(CHALLENGE, data=form).status_code for _ in range(90)]
    assert answers[:60] == [200] * 60
    assert 429 in answers


def test_nothing_is_written_for_whoever_only_opens_the_page(app, client):
    client.get("/sign-in")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ceremony)) == 0
