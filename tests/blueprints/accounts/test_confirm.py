"""Confirming that it is still oneself, before something that matters."""

from __future__ import annotations

import pytest

from blueprints.auth.reauthentication import wants_recent_proof
from tests.pages import csrf_token, submit, text_of

AGAIN = "/sign-in/again"
PASSWORD = "/settings/sign-in/password"

# What nobody may do in a browser that somebody has left open.
GUARDED = {
    "settings.app",
    "settings.app_removal",
    "settings.email",
    "settings.export_audit",
    "settings.invite",
    "settings.member_role",
    "settings.passkey_challenge",
    "settings.passkey_removal",
    "settings.passkeys",
    "settings.password",
    "settings.recovery_codes",
    "settings.remove_member",
    "settings.second_factor",
    "settings.transfer_ownership",
}


def test_what_matters_most_wants_a_recent_proof(app):
    guarded = {endpoint for endpoint, view in app.view_functions.items() if wants_recent_proof(view)}
    assert guarded >= GUARDED


def test_everything_that_wants_one_asks_for_it(app, alice, bob, browser_of, long_ago):
    browser = browser_of(alice)
    token = csrf_token(browser, "/settings/profile")
    long_ago(alice)
    visited = 0
    for rule in app.url_map.iter_rules():
        if wants_recent_proof(app.view_functions[rule.endpoint]):
            for method in {"GET", "POST"} & rule.methods:
                values = dict.fromkeys(rule.arguments, bob.member_id)
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
                answer = browser.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
                assert answer.location.startswith(f"{AGAIN}?next="), f"{method} {path} did not ask"
                visited += 1
    assert visited >= 2 * len(GUARDED) - 1


def test_shortly_after_signing_in_nobody_is_asked(alice, browser_of):
    assert browser_of(alice).get(PASSWORD).status_code == 200


def test_alice_comes_back_to_where_she_was(alice, browser_of, long_ago, audit_log):
    browser = browser_of(alice)
    long_ago(alice)
    asked = browser.get(PASSWORD + "?a=b")
    assert asked.location == f"{AGAIN}?next={PASSWORD}?a%3Db"
    page = browser.get(asked.location)
    assert "Confirm it's you" in text_of(page)
    assert "Code" not in text_of(page)
    answer = submit(browser, AGAIN, password=alice.password, next=PASSWORD + "?a=b")
    assert answer.location == PASSWORD + "?a=b"
    assert browser.get(PASSWORD).status_code == 200
    assert audit_log(alice)[-1] == ("person.confirmed", "allowed")


def test_whoever_opens_a_page_has_at_least_five_minutes_for_its_form(alice, browser_of, long_ago):
    browser = browser_of(alice)
    token = csrf_token(browser, PASSWORD)
    form = {"csrf_token": token, "present": "wrong", "wanted": "x", "again": "x"}
    long_ago(alice, minutes=4)
    assert browser.get(PASSWORD).status_code == 200
    long_ago(alice, minutes=9)
    assert browser.get(PASSWORD).status_code == 302
    assert browser.post(PASSWORD, data=form).status_code == 400
    long_ago(alice, minutes=11)
    late = browser.post(PASSWORD, data=form)
    assert late.location == f"{AGAIN}?next={PASSWORD}"
    assert "Nothing was changed" in text_of(browser.get(late.location))


def test_a_form_without_a_page_of_its_own_leads_back_to_the_page_it_stood_on(alice, browser_of, long_ago):
    browser = browser_of(alice)
    token = csrf_token(browser, "/settings/profile")
    long_ago(alice)
    path = "/settings/sign-in/passkeys/challenge"
    for referrer, onward in (
        ("http://localhost/settings/sign-in/passkeys", "/settings/sign-in/passkeys"),
        ("https://evil.example/settings", "/"),
        ("http://localhost/nothing-here", "/"),
        ("nonsense", "/"),
    ):
        answer = browser.post(path, data={"csrf_token": token}, headers={"Referer": referrer})
        assert answer.location == f"{AGAIN}?next={onward}"


@pytest.mark.asvs("7.2.4")
def test_the_session_has_another_name_afterwards(app, alice, browser_of, long_ago):
    browser = browser_of(alice)
    copy = app.test_client()
    copy.set_cookie("profile", browser.get_cookie("profile").value)
    long_ago(alice)
    submit(browser, AGAIN, password=alice.password)
    assert browser.get("/settings/profile").status_code == 200
    assert copy.get("/settings/profile").status_code == 302


def test_it_counts_for_this_browser_alone(alice, browser_of, long_ago):
    here, there = browser_of(alice), browser_of(alice)
    long_ago(alice)
    submit(here, AGAIN, password=alice.password)
    assert here.get(PASSWORD).status_code == 200
    assert there.get(PASSWORD).status_code == 302


def test_a_wrong_password_is_refused_and_noted(alice, browser_of, long_ago, audit_log):
    browser = browser_of(alice)
    long_ago(alice)
    answer = submit(browser, AGAIN, password="not the password at all")
    assert answer.status_code == 400
    assert "That is incorrect." in text_of(answer)
    assert browser.get(PASSWORD).status_code == 302
    assert audit_log(alice)[-1] == ("person.confirmed", "refused")


def test_who_has_a_second_factor_needs_it_here_too(alice, browser_of, long_ago, give_app, give_codes):
    browser = browser_of(alice)
    phone, codes = give_app(alice), give_codes(alice)
    long_ago(alice)
    assert "Enter a code too." in text_of(submit(browser, AGAIN, password=alice.password))
    assert submit(browser, AGAIN, password=alice.password, code="000000").status_code == 400
    assert browser.get(PASSWORD).status_code == 302
    assert submit(browser, AGAIN, password=alice.password, code=phone.code()).status_code == 302
    assert browser.get(PASSWORD).status_code == 200
    long_ago(alice)
    assert submit(browser, AGAIN, password=alice.password, code=codes[0]).status_code == 302


def test_whoever_tries_passwords_in_a_browser_left_open_must_wait(alice, browser_of, long_ago):
    browser = browser_of(alice)
    long_ago(alice)
    token = csrf_token(browser, AGAIN)
    for _ in range(10):
        assert browser.post(AGAIN, data={"csrf_token": token, "password": "wrong"}).status_code == 400
    answer = browser.post(AGAIN, data={"csrf_token": token, "password": alice.password})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 60


def test_whoever_tries_passwords_in_a_stolen_session_does_not_make_alice_wait_in_hers(alice, browser_of, long_ago):
    stolen, hers = browser_of(alice), browser_of(alice)
    long_ago(alice)
    token = csrf_token(stolen, AGAIN)
    for _ in range(11):
        stolen.post(AGAIN, data={"csrf_token": token, "password": "wrong"})
    assert submit(hers, AGAIN, password=alice.password).status_code == 302


@pytest.fixture
def guess_on(a_minute_passes):
    """Tries this many incorrect passwords in a browser, ten a minute; returns the last answer."""

    def do(browser, number, path=AGAIN, **form):
        token, answers = csrf_token(browser, "/settings/profile"), []
        for count in range(number):
            if count % 10 == 0:
                a_minute_passes()
            answers.append(browser.post(path, data={"csrf_token": token, "password": f"guess {count}"} | form))
        return answers[-1]

    return do


def test_after_thirty_wrong_passwords_a_browser_is_signed_out_and_no_other(
    alice, browser_of, long_ago, guess_on, sign_in
):
    stolen, hers = browser_of(alice), browser_of(alice)
    long_ago(alice)
    assert guess_on(stolen, 29, next="/settings/data").status_code == 400
    assert guess_on(stolen, 1, next="/settings/data").location == "/sign-in?next=/settings/data"
    assert "so you were signed out" in text_of(stolen.get("/sign-in"))
    assert stolen.get("/settings/profile").status_code == 302
    assert submit(hers, AGAIN, password=alice.password).status_code == 302
    sign_in(stolen, alice)
    assert stolen.get(PASSWORD).status_code == 200


def test_a_browser_is_signed_out_too_if_the_last_attempt_failed_because_codes_came_too_fast(
    alice, browser_of, long_ago, guess_on, give_app
):
    """Otherwise it would have to wait for most of an hour."""
    browser = browser_of(alice)
    give_app(alice)
    long_ago(alice)
    wrong = {"password": alice.password, "code": "000000"}
    assert guess_on(browser, 30, **wrong).location.startswith("/sign-in?")


@pytest.mark.asvs("6.2.3")
def test_the_form_for_a_new_password_is_no_other_way_to_guess(alice, browser_of, guess_on):
    browser = browser_of(alice)
    new = {"wanted": "five herons over the harbour", "again": "five herons over the harbour"}
    assert guess_on(browser, 10, PASSWORD, present="wrong", **new).status_code == 400
    waits = submit(browser, PASSWORD, present=alice.password, **new)
    assert waits.status_code == 429
    assert f"Wait {waits.headers['Retry-After']} seconds" in text_of(waits)
    assert guess_on(browser, 19, PASSWORD, present="wrong", **new).status_code == 400
    assert guess_on(browser, 1, PASSWORD, present="wrong", **new).location == f"/sign-in?next={PASSWORD}"


def test_a_right_password_is_not_counted(alice, browser_of, a_minute_passes):
    browser = browser_of(alice)
    for _ in range(3):
        a_minute_passes()
        for _ in range(11):
            assert submit(browser, AGAIN, page="/settings/profile", password=alice.password).status_code == 302


@pytest.mark.asvs("16.3.1")
def test_of_many_failures_the_audit_log_has_twenty_a_day(alice, browser_of, long_ago, guess_on, audit_log):
    browser = browser_of(alice)
    long_ago(alice)
    guess_on(browser, 29)
    assert audit_log(alice).count(("person.confirmed", "refused")) == 20


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_it_never_leads_to_another_site(alice, browser_of, long_ago, target):
    browser = browser_of(alice)
    assert browser.get(AGAIN, query_string={"next": target}).location == "/settings/sign-in"
    long_ago(alice)
    assert submit(browser, AGAIN, password=alice.password, next=target).location == "/settings/sign-in"


@pytest.mark.parametrize("form", [{}, {"password": ""}, {"password": "\x00"}, {"password": "x" * 5_000}])
def test_bad_input_is_refused_on_the_form(alice, browser_of, long_ago, form):
    browser = browser_of(alice)
    long_ago(alice)
    assert submit(browser, AGAIN, **form).status_code == 400


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(AGAIN).location == f"/sign-in?next={AGAIN}"
