"""Signing in with a password and something else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.database.base import db, now
from models.identity.pending_sign_in import SecondStep
from models.identity.session import LoginSession
from models.mail.message import Kind, Message
from tests.fixtures.factors import STEP
from tests.pages import csrf_token, submit, text_of

STEP_TWO = "/sign-in/second-step"


def enter_password(client, person, **more):
    answer = submit(client, "/sign-in", email=person.email, password=person.password, **more)
    assert answer.status_code == 302
    return answer.location


def signed_in(client):
    return client.get("/settings/profile").status_code == 200


def messages(app, kind):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == kind))


@pytest.mark.asvs("6.3.4")
def test_the_password_alone_leads_to_the_second_step_and_no_further(client, alice, give_app):
    give_app(alice)
    assert enter_password(client, alice) == STEP_TWO
    assert not signed_in(client)
    assert "Your password is correct." in text_of(client.get(STEP_TWO))


def test_a_code_completes_it_and_leads_where_alice_wanted_to_be(client, alice, give_app, audit_log):
    phone = give_app(alice)
    onward = enter_password(client, alice, next="/settings/audit?page=2")
    assert onward == f"{STEP_TWO}?next=/settings/audit?page%3D2"
    page = client.get(onward).get_data(as_text=True)
    assert 'value="/settings/audit?page=2"' in page
    answer = submit(client, STEP_TWO, code=phone.code(), next="/settings/audit?page=2")
    assert answer.location == "/settings/audit?page=2"
    assert signed_in(client)
    assert audit_log(alice)[-1] == ("person.signed_in", "allowed")


def test_it_never_leads_to_another_site(client, alice, give_app):
    phone = give_app(alice)
    enter_password(client, alice)
    assert submit(client, STEP_TWO, code=phone.code(), next="https://evil.example/").location == "/"


@pytest.mark.asvs("6.5.1")
def test_a_code_is_good_once(app, alice, give_app):
    code = give_app(alice).code()
    first, second = app.test_client(), app.test_client()
    for browser in (first, second):
        enter_password(browser, alice)
    assert submit(first, STEP_TWO, code=code).status_code == 302
    assert submit(second, STEP_TWO, code=code).status_code == 400
    assert not signed_in(second)


@pytest.mark.both_databases
def test_of_many_browsers_with_the_same_code_at_once_one_gets_in(app, alice, give_app):
    code = give_app(alice).code()
    browsers = [app.test_client() for _ in range(6)]
    for browser in browsers:
        enter_password(browser, alice)
    tokens = [csrf_token(browser, STEP_TWO) for browser in browsers]

    def go(number):
        return browsers[number].post(STEP_TWO, data={"csrf_token": tokens[number], "code": code}).status_code

    with ThreadPoolExecutor(6) as together:
        answers = sorted(together.map(go, range(6)))
    assert answers == [302, 400, 400, 400, 400, 400]


@pytest.mark.asvs("6.5.5")
@pytest.mark.parametrize(("off", "status"), [(-2, 400), (-1, 302), (0, 302), (1, 302), (3, 400)])
def test_a_clock_may_be_half_a_minute_off(client, alice, give_app, off, status):
    phone = give_app(alice)
    enter_password(client, alice)
    token = csrf_token(client, STEP_TWO)
    step = int(time.time()) // STEP
    answer = client.post(STEP_TWO, data={"csrf_token": token, "code": phone.at(step + off)})
    # Unless the thirty seconds were over in between, and the code was one older when it arrived.
    assert answer.status_code == status or int(time.time()) // STEP > step


def test_after_a_newer_code_an_older_one_is_no_good(app, alice, give_app):
    phone = give_app(alice)
    older, newer = phone.code(), phone.code()
    first, second = app.test_client(), app.test_client()
    for browser in (first, second):
        enter_password(browser, alice)
    assert submit(first, STEP_TWO, code=newer).status_code == 302
    assert submit(second, STEP_TWO, code=older).status_code == 400


def test_a_code_may_be_typed_as_it_is_read(client, alice, give_app):
    code = give_app(alice).code()
    enter_password(client, alice)
    assert submit(client, STEP_TWO, code=f" {code[:3]} {code[3:]} ").status_code == 302


def test_bobs_code_does_not_sign_alice_in(client, alice, bob, give_app):
    give_app(alice)
    enter_password(client, alice)
    assert submit(client, STEP_TWO, code=give_app(bob).code()).status_code == 400


@pytest.mark.asvs("6.5.1")
def test_a_recovery_code_stands_in_for_the_app_once_and_alice_is_told(
    app, client, alice, give_app, give_codes, audit_log
):
    give_app(alice)
    code = give_codes(alice)[3]
    enter_password(client, alice)
    # As somebody types it who reads it from paper.
    assert submit(client, STEP_TWO, code=code.upper().replace("-", " ")).status_code == 302
    assert signed_in(client)
    assert ("person.recovery_code_used", "allowed") in audit_log(alice)
    assert messages(app, Kind.RECOVERY_CODE_USED) == 1
    again = app.test_client()
    enter_password(again, alice)
    assert submit(again, STEP_TWO, code=code).status_code == 400


def test_bobs_recovery_code_does_not_sign_alice_in(client, alice, bob, give_app, give_codes):
    give_app(alice)
    give_codes(alice)
    enter_password(client, alice)
    assert submit(client, STEP_TWO, code=give_codes(bob)[0]).status_code == 400


def test_five_wrong_codes_end_it_and_alice_hears_that_somebody_knows_her_password(
    app, client, alice, give_app, audit_log
):
    phone = give_app(alice)
    enter_password(client, alice)
    for _ in range(4):
        answer = submit(client, STEP_TWO, code="000000")
        assert answer.status_code == 400
        assert "That code is incorrect" in text_of(answer)
    token = csrf_token(client, STEP_TWO)
    assert client.post(STEP_TWO, data={"csrf_token": token, "code": "000000"}).location == "/sign-in"
    assert client.post(STEP_TWO, data={"csrf_token": token, "code": phone.code()}).location == "/sign-in"
    assert not signed_in(client)
    assert audit_log(alice).count(("person.second_factor_failed", "refused")) == 5
    assert messages(app, Kind.SECOND_FACTOR_FAILED) == 1


def test_guesses_at_recovery_codes_do_not_fill_the_audit_log(app, alice, give_app, audit_log):
    give_app(alice)
    for _ in range(5):
        browser = app.test_client()
        enter_password(browser, alice)
        token = csrf_token(browser, STEP_TWO)
        for _ in range(5):
            browser.post(STEP_TWO, data={"csrf_token": token, "code": "a" * 24})
    assert audit_log(alice).count(("person.second_factor_failed", "refused")) == 20


@pytest.mark.asvs("6.3.1")
def test_who_guesses_codes_must_wait_and_a_recovery_code_still_works(app, alice, give_app, give_codes):
    phone, codes = give_app(alice), give_codes(alice)
    for _ in range(2):
        browser = app.test_client()
        enter_password(browser, alice)
        token = csrf_token(browser, STEP_TWO)
        for _ in range(5):
            browser.post(STEP_TWO, data={"csrf_token": token, "code": "000000"})
    browser = app.test_client()
    enter_password(browser, alice)
    answer = submit(browser, STEP_TWO, code=phone.code())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 60
    assert "or use a recovery code now" in text_of(answer)
    assert submit(browser, STEP_TWO, code=codes[0]).status_code == 302


def test_who_guesses_codes_elsewhere_does_not_keep_alice_out_of_a_browser_that_she_knows(app, alice, give_app):
    phone, hers, stolen = give_app(alice), app.test_client(), app.test_client()
    enter_password(hers, alice)
    assert submit(hers, STEP_TWO, code=phone.code()).status_code == 302
    submit(hers, "/sign-out", page="/settings/profile")
    for _ in range(2):
        enter_password(stolen, alice)
        token = csrf_token(stolen, STEP_TWO)
        for _ in range(5):
            stolen.post(STEP_TWO, data={"csrf_token": token, "code": "000000"})
    code = phone.code()
    enter_password(stolen, alice)
    assert submit(stolen, STEP_TWO, code=code).status_code == 429
    enter_password(hers, alice)
    assert submit(hers, STEP_TWO, code=code).status_code == 302


def test_guessing_codes_in_a_browser_that_alice_knows_ends_too(app, alice, give_app):
    phone, hers = give_app(alice), app.test_client()
    enter_password(hers, alice)
    submit(hers, STEP_TWO, code=phone.code())
    submit(hers, "/sign-out", page="/settings/profile")
    statuses = []
    for _ in range(3):
        enter_password(hers, alice)
        token = csrf_token(hers, STEP_TWO)
        statuses += [hers.post(STEP_TWO, data={"csrf_token": token, "code": "000000"}).status_code for _ in range(5)]
    assert 429 in statuses


def test_right_codes_do_not_count(app, alice, give_codes, give_app):
    give_app(alice)
    codes = give_codes(alice)
    for code in codes:
        browser = app.test_client()
        enter_password(browser, alice)
        assert submit(browser, STEP_TWO, code=code).status_code == 302


@pytest.mark.asvs("6.5.5")
def test_it_is_open_for_ten_minutes(app, client, alice, give_app):
    phone = give_app(alice)
    enter_password(client, alice)
    token = csrf_token(client, STEP_TWO)
    with app.app_context():
        db.session.execute(update(SecondStep).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert client.post(STEP_TWO, data={"csrf_token": token, "code": phone.code()}).location == "/sign-in"
    assert client.get(STEP_TWO).location == "/sign-in"


def test_it_is_worth_one_session(app, client, alice, give_app):
    phone = give_app(alice)
    enter_password(client, alice)
    copy = app.test_client()
    copy.set_cookie("profile", client.get_cookie("profile").value)
    assert submit(client, STEP_TWO, code=phone.code()).status_code == 302
    token = csrf_token(copy, "/sign-in")
    assert copy.post(STEP_TWO, data={"csrf_token": token, "code": phone.code()}).location == "/sign-in"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 1


@pytest.mark.asvs("6.6.2")
def test_another_browser_cannot_complete_it(app, client, alice, give_app):
    phone = give_app(alice)
    enter_password(client, alice)
    elsewhere = app.test_client()
    token = csrf_token(elsewhere, "/sign-in")
    answer = elsewhere.post(STEP_TWO, data={"csrf_token": token, "code": phone.code()})
    assert answer.location == "/sign-in"
    assert not signed_in(elsewhere)


def test_a_new_password_ends_sign_ins_that_are_half_done(app, alice, give_app):
    phone = give_app(alice)
    half, whole = app.test_client(), app.test_client()
    enter_password(half, alice)
    enter_password(whole, alice)
    submit(whole, STEP_TWO, code=phone.code())
    new = "seven teapots on a bicycle"
    submit(whole, "/settings/sign-in/password", present=alice.password, wanted=new, again=new)
    token = csrf_token(half, "/sign-in")
    assert half.post(STEP_TWO, data={"csrf_token": token, "code": phone.code()}).location == "/sign-in"


def test_the_secret_of_the_step_is_kept_as_a_hash(app, client, alice, give_app):
    give_app(alice)
    enter_password(client, alice)
    with client.session_transaction() as session:
        secret = session["second_step"]
    with app.app_context():
        assert secret not in str([vars(row) for row in db.session.scalars(select(SecondStep))])


@pytest.mark.parametrize("code", ["", " ", "\x00", "٣٤٥٦٧٨", "9" * 5_000, "😀", "a" * 24, "-" * 24])
def test_bad_input_is_refused_on_the_form(client, alice, give_app, code):
    give_app(alice)
    enter_password(client, alice)
    assert submit(client, STEP_TWO, code=code).status_code == 400


@pytest.mark.asvs("2.3.1")
def test_nobody_comes_here_without_a_password(client, alice, give_app):
    give_app(alice)
    assert client.get(STEP_TWO).location == "/sign-in"
    token = csrf_token(client, "/sign-in")
    assert client.post(STEP_TWO, data={"csrf_token": token, "code": "123456"}).location == "/sign-in"
