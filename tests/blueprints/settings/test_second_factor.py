"""An account that asks its members for a second factor."""

from __future__ import annotations

import pytest

from models.accounts.account import Account
from models.audit.recorder import AuditEntry
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.database.tenancy import in_account
from tests.pages import csrf_token, submit, text_of

RULE, HOW = "/settings/account/second-factor", "/settings/sign-in"


def required(app, team):
    with app.app_context():
        return db.session.get_one(Account, team.id).second_factor_required


def test_alice_asks_for_one_and_sees_who_has_none(app, alice, bob, charlie, aperture, browser_of, give_app, audit_log):
    browser = browser_of(alice)
    give_app(alice)
    give_app(bob)
    page = text_of(browser.get(RULE))
    assert "1 of 3 members has none yet: Charlie" in page
    assert submit(browser, RULE, second_factor_required="y").location == "/settings/account"
    assert required(app, aperture)
    assert "Members need a second factor to access this account" in text_of(browser.get("/settings/account"))
    assert audit_log(alice)[-1] == ("account.changed", "allowed")
    with app.app_context():
        entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert (entry.fields, entry.values) == (["second_factor_required"], {"second_factor_required": True})
    members = text_of(browser.get("/settings/members"))
    assert "Alice (you) alice@example.com Owner Yes" in members
    assert "Charlie charlie@example.com User No" in members


def test_she_needs_one_herself_first(app, alice, aperture, browser_of):
    answer = submit(browser_of(alice), RULE, second_factor_required="y")
    assert answer.status_code == 400
    assert "Set up a second factor for yourself first" in text_of(answer)
    assert not required(app, aperture)


def test_charlie_is_led_to_set_one_up_and_then_to_where_he_wanted_to_be(
    charlie, aperture, browser_of, ask_for_second_factor, device
):
    browser = browser_of(charlie)
    ask_for_second_factor(aperture)
    led = browser.get("/tags?page=2")
    assert led.location == f"{HOW}?next=/tags?page%3D2"
    page = browser.get(led.location)
    assert "Aperture Science requires a second factor." in text_of(page)
    passkeys = f"{HOW}/passkeys"
    assert f'href="{passkeys}?next=/tags?page%3D2"' in page.get_data(as_text=True)
    token = csrf_token(browser, passkeys)
    options = browser.post(f"{passkeys}/challenge", data={"csrf_token": token}).get_json()
    form = {"name": "A phone", "answer": device.make(options), "next": "/tags?page=2"}
    codes = submit(browser, passkeys, **form).get_data(as_text=True)
    assert 'href="/tags?page=2"' in codes
    assert browser.get("/tags").status_code == 200


def test_until_then_nothing_of_the_account_opens(app, charlie, aperture, browser_of, ask_for_second_factor):
    browser = browser_of(charlie)
    token = csrf_token(browser, "/settings/profile")
    ask_for_second_factor(aperture)
    for path in ("/", "/profiles", "/tags", "/settings/account", "/settings/audit", "/authorize"):
        answer = browser.get(path, follow_redirects=True)
        assert answer.request.path == HOW, path
    assert browser.post("/settings/account/leaving", data={"csrf_token": token}).location.startswith(HOW)


def test_his_own_pages_and_his_other_account_do(
    charlie, aperture, browser_of, ask_for_second_factor, new_person, black_mesa
):
    elsewhere = new_person("Charlie", black_mesa)
    browser = browser_of(charlie)
    ask_for_second_factor(aperture)
    submit(browser, "/accounts/current", page="/settings/profile", account=charlie.account_id)
    for path in ("/settings/profile", HOW, "/settings/sessions", "/settings/connections"):
        assert browser.get(path).status_code == 200, path
    submit(browser, "/accounts/current", page="/settings/profile", account=elsewhere.account_id)
    assert browser.get("/tags").status_code == 200
    assert "requires a second factor" not in text_of(browser.get(HOW))


def test_alice_no_longer_asks_for_one(app, alice, charlie, aperture, browser_of, give_app, ask_for_second_factor):
    browser, his = browser_of(alice), browser_of(charlie)
    give_app(alice)
    ask_for_second_factor(aperture)
    assert his.get("/tags").status_code == 302
    assert submit(browser, RULE).location == "/settings/account"
    assert not required(app, aperture)
    assert his.get("/tags").status_code == 200


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_bob_and_charlie_are_refused(request, app, aperture, browser_of, name):
    browser = browser_of(request.getfixturevalue(name))
    token = csrf_token(browser, "/settings/profile")
    assert browser.get(RULE).status_code == 403
    assert browser.post(RULE, data={"csrf_token": token, "second_factor_required": "y"}).status_code == 403
    assert not required(app, aperture)


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(RULE).location == f"/sign-in?next={RULE}"


def test_the_last_factor_stays_while_apps_are_connected_where_a_policy_asks_for_one(
    app, alice, browser_of, give_app, connect
):
    browser = browser_of(alice)
    give_app(alice)
    claude = connect(alice)
    with app.app_context(), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(second_factor=True)
        db.session.commit()
    answer = submit(browser, "/settings/sign-in/app/removal")
    assert answer.status_code == 403
    assert "A second factor is required in Aperture Science because you have connected apps there." in text_of(answer)
    claude.result("list_tags")

    assert submit(browser, f"/settings/connections/{claude.connection_id}/revocation").status_code == 302
    assert submit(browser, "/settings/sign-in/app/removal").status_code == 302


def test_who_has_none_is_counted_in_whole_sentences(alice, bob, eve, browser_of):
    assert "2 of 2 members have none yet:" in text_of(browser_of(alice).get(RULE))
    assert "The only member has none yet:" in text_of(browser_of(eve).get(RULE))
