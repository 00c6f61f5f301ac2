"""Adding, naming and removing one's passkeys."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from models.database.base import db
from models.identity.passkey import MOST, Passkey
from models.identity.recovery_codes import RecoveryCode
from tests.device import PRESENT, Device
from tests.for_each import for_each
from tests.pages import csrf_token, first, submit, text_of

HOW = "/settings/sign-in"
PASSKEYS = f"{HOW}/passkeys"


def options_for(browser):
    return browser.post(f"{PASSKEYS}/challenge", data={"csrf_token": csrf_token(browser, PASSKEYS)}).get_json()


def add(browser, device, name="A phone", **more):
    return submit(browser, PASSKEYS, name=name, answer=device.make(options_for(browser)), **more)


def kept(app, person):
    with app.app_context():
        mine = select(Passkey).where(Passkey.user_id == person.user_id).order_by(Passkey.id)
        return [(passkey.name, passkey.id) for passkey in db.session.scalars(mine)]


@pytest.mark.asvs("6.5.4")
def test_the_first_passkey_brings_ten_recovery_codes_that_are_shown_once(app, alice, browser_of, device, audit_log):
    browser = browser_of(alice)
    options = options_for(browser)
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["user"]["name"] == alice.email
    page = submit(browser, PASSKEYS, name="A phone", answer=device.make(options))
    assert page.status_code == 200
    assert page.get_data(as_text=True).count("<code>") == 10
    code = first(r"<code>([a-z2-7-]{29})</code>", page.get_data(as_text=True))
    assert code not in text_of(browser.get(HOW))
    assert "A phone" in text_of(browser.get(HOW))
    assert "You have 10 unused codes." in text_of(browser.get(HOW))
    assert audit_log(alice)[-1] == ("person.passkey_added", "allowed")
    with app.app_context():
        assert code.replace("-", "") not in str([vars(row) for row in db.session.scalars(select(RecoveryCode))])


@pytest.mark.asvs("7.4.3")
def test_from_then_on_the_password_alone_signs_nobody_in_and_older_sessions_end(app, alice, browser_of, device):
    here, there = browser_of(alice), browser_of(alice)
    add(here, device)
    assert here.get(HOW).status_code == 200
    assert there.get(HOW).status_code == 302
    answer = submit(app.test_client(), "/sign-in", email=alice.email, password=alice.password)
    assert answer.location == "/sign-in/second-step"


def test_a_second_one_brings_no_codes_and_signs_nobody_out(app, alice, browser_of, device):
    browser = browser_of(alice)
    add(browser, device)
    other = app.test_client()
    token = csrf_token(other, "/sign-in")
    options = other.post("/sign-in/passkey/challenge", data={"csrf_token": token, "purpose": "sign_in"}).get_json()
    submit(other, "/sign-in/passkey", page="/sign-in", answer=device.prove(options))
    assert add(browser, Device(), "A key ring").location == HOW
    assert other.get(HOW).status_code == 200
    assert [name for name, _ in kept(app, alice)] == ["A phone", "A key ring"]


def test_a_device_is_told_what_it_has_made_here_before(alice, browser_of, device):
    browser = browser_of(alice)
    add(browser, device)
    assert [known["id"] for known in options_for(browser)["excludeCredentials"]] == [device.name]


def test_the_same_passkey_twice_is_refused(app, alice, bob, browser_of, device):
    add(browser_of(alice), device)
    answer = add(browser_of(bob), device)
    assert answer.status_code == 400
    assert "already registered" in text_of(answer)
    assert kept(app, bob) == []


@pytest.mark.parametrize("wrong", [{"origin": "https://evil.example"}, {"party": "evil.example"}, {"flags": PRESENT}])
def test_what_does_not_fit_is_not_kept(app, alice, browser_of, device, wrong):
    answer = add(browser_of(alice), replace(device, **wrong))
    assert answer.status_code == 400
    assert "could not be saved" in text_of(answer)
    assert kept(app, alice) == []


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(app, alice, browser_of, device):
    here, there = browser_of(alice), browser_of(alice)
    answer = device.make(options_for(here))
    assert submit(there, PASSKEYS, name="Stolen", answer=answer).status_code == 400
    assert submit(here, PASSKEYS, name="Mine", answer=answer).status_code == 200
    assert submit(here, PASSKEYS, name="Again", answer=answer).status_code == 400
    assert [name for name, _ in kept(app, alice)] == ["Mine"]


@for_each("answer", ["", "{}", "[]", "nonsense", '{"response": {"attestationObject": "AAAA"}}', "{" * 9_000])
def test_garbage_is_refused_on_the_form(alice, browser_of, answer):
    browser = browser_of(alice)
    options_for(browser)
    assert submit(browser, PASSKEYS, name="A phone", answer=answer).status_code == 400


@pytest.mark.parametrize("name", ["", "   ", "n" * 81, "a\x00b"])
def test_a_name_that_cannot_be_kept_is_refused_on_its_field(app, alice, browser_of, device, name):
    browser = browser_of(alice)
    answer = add(browser, device, name)
    assert answer.status_code == 400
    assert 'href="#name"' in answer.get_data(as_text=True)
    add(browser, device)
    passkey_id = kept(app, alice)[0][1]
    answer = submit(browser, f"{PASSKEYS}/{passkey_id}", name=name)
    assert answer.status_code == 400
    assert 'href="#name"' in answer.get_data(as_text=True)


def test_alice_renames_a_passkey(app, alice, browser_of, device, audit_log):
    browser = browser_of(alice)
    add(browser, device)
    path = f"{PASSKEYS}/{kept(app, alice)[0][1]}"
    assert 'value="A phone"' in browser.get(path).get_data(as_text=True)
    assert submit(browser, path, name="The old phone").location == HOW
    assert kept(app, alice)[0][0] == "The old phone"
    assert audit_log(alice)[-1] == ("person.passkey_renamed", "allowed")


@pytest.mark.asvs("7.4.3")
def test_removing_the_last_one_ends_the_codes_and_every_other_session(app, alice, browser_of, device, audit_log):
    browser = browser_of(alice)
    add(browser, device)
    path = f"{PASSKEYS}/{kept(app, alice)[0][1]}/removal"
    assert "It is your last second factor" in text_of(browser.get(path))
    assert submit(browser, path).location == HOW
    assert kept(app, alice) == []
    with app.app_context():
        assert RecoveryCode.left(alice.user_id) == 0
    assert submit(app.test_client(), "/sign-in", email=alice.email, password=alice.password).location == "/"
    assert audit_log(alice)[-2:] == [("person.passkey_removed", "allowed"), ("person.signed_in", "allowed")]


def test_the_last_one_stays_while_an_account_asks_for_one(
    app, alice, aperture, browser_of, device, ask_for_second_factor, give_app
):
    browser = browser_of(alice)
    add(browser, device)
    ask_for_second_factor(aperture)
    path = f"{PASSKEYS}/{kept(app, alice)[0][1]}/removal"
    answer = submit(browser, path)
    assert answer.status_code == 403
    assert "A second factor is required in Aperture Science." in text_of(answer)
    give_app(alice)
    assert submit(browser, path).location == HOW


def test_the_last_one_stays_while_the_password_is_short(app, alice, browser_of, device):
    browser = browser_of(alice)
    add(browser, device)
    short = "teapot ZX"
    change = f"{HOW}/password"
    assert "At least 8 characters." in text_of(browser.get(change))
    assert submit(browser, change, present=alice.password, wanted=short, again=short).location == HOW
    path = f"{PASSKEYS}/{kept(app, alice)[0][1]}/removal"
    answer = submit(browser, path)
    assert answer.status_code == 403
    assert "Choose a longer password first." in text_of(answer)
    long = "seven teapots on a bicycle"
    submit(browser, change, present=short, wanted=long, again=long)
    assert submit(browser, path).location == HOW


@pytest.mark.asvs("6.2.1")
def test_without_a_second_factor_eight_characters_are_too_few(alice, browser_of):
    change = f"{HOW}/password"
    answer = submit(browser_of(alice), change, present=alice.password, wanted="teapot ZX", again="teapot ZX")
    assert answer.status_code == 400


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize(
    "weak", ["sunshine", "Password1!", "dragon1234", "alice1234", "qwertyui", "12345678", "letmein99"]
)
def test_what_is_guessed_first_is_refused_however_many_factors_there_are(alice, browser_of, device, weak):
    browser = browser_of(alice)
    add(browser, device)
    answer = submit(browser, f"{HOW}/password", present=alice.password, wanted=weak, again=weak)
    assert answer.status_code == 400
    assert "too easy to guess" in text_of(answer)


def test_another_persons_passkey_is_an_unknown_one(app, alice, bob, browser_of, device):
    add(browser_of(alice), device)
    his = browser_of(bob)
    token = csrf_token(his, "/settings/profile")
    for passkey_id in (kept(app, alice)[0][1], uuid.uuid4()):
        for path in (f"{PASSKEYS}/{passkey_id}", f"{PASSKEYS}/{passkey_id}/removal"):
            assert his.get(path).status_code == 404
            assert his.post(path, data={"csrf_token": token, "name": "Taken"}).status_code == 404
    assert kept(app, alice)[0][0] == "A phone"


def test_there_can_be_many_but_not_any_number(app, alice, browser_of):
    browser = browser_of(alice)
    for _ in range(MOST):
        assert add(browser, Device()).status_code in {200, 302}
    assert f"You have {MOST} passkeys" in text_of(add(browser, Device()))


def test_a_first_passkey_leads_back_to_where_it_was_asked_for(alice, browser_of, device):
    page = add(browser_of(alice), device, next="/tags")
    assert 'href="/tags"' in page.get_data(as_text=True)
