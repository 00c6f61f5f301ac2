"""Setting up an authenticator app and removing it; recovery codes."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from sqlalchemy import func, select

from models.accounts.user import User
from models.database.base import Base, db
from models.identity.recovery_codes import RecoveryCode
from models.identity.totp import Authenticator, address_for_app
from models.secrets import use_server_key
from tests.fixtures.factors import AuthenticatorApp
from tests.pages import csrf_token, first, submit, text_of

HOW, APP = "/settings/sign-in", "/settings/sign-in/app"
CODES = f"{HOW}/recovery-codes"


def offered(browser):
    """The page's hidden seed, and the app that has read its key."""
    page = browser.get(APP).get_data(as_text=True)
    key = first(r'<code class="key">([A-Z2-7 ]+)</code>', page).replace(" ", "")
    return first(r'name="seed"[^>]*value="([^"]+)"', page), AuthenticatorApp(key)


def set_up(browser, **more):
    seed, phone = offered(browser)
    answer = submit(browser, APP, seed=seed, code=phone.code(), **more)
    assert answer.status_code in {200, 302}, text_of(answer)
    return phone, answer


def count(app, table):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table))


def test_alice_sets_up_an_app_and_gets_recovery_codes(app, alice, browser_of, audit_log):
    here, there = browser_of(alice), browser_of(alice)
    phone, page = set_up(here)
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", page.get_data(as_text=True))
    assert len(set(codes)) == 10
    assert "Authenticator app" in text_of(here.get(HOW))
    assert there.get(HOW).status_code == 302
    assert audit_log(alice)[-1] == ("person.authenticator_added", "allowed")
    somewhere = app.test_client()
    submit(somewhere, "/sign-in", email=alice.email, password=alice.password)
    assert submit(somewhere, "/sign-in/second-step", code=phone.code()).status_code == 302


def test_nothing_is_kept_before_a_code_was_right(app, alice, browser_of):
    browser = browser_of(alice)
    seed, phone = offered(browser)
    wrong = submit(browser, APP, seed=seed, code="000000")
    assert wrong.status_code == 400
    assert "That code is incorrect." in text_of(wrong)
    assert count(app, Authenticator) == 0
    # The picture stays the same, so that nobody has to begin again.
    assert f'value="{seed}"' in wrong.get_data(as_text=True)
    assert submit(browser, APP, seed=seed, code=phone.code()).status_code == 200


def test_the_code_that_set_it_up_signs_nobody_in(app, alice, browser_of):
    browser = browser_of(alice)
    seed, phone = offered(browser)
    code = phone.code()
    submit(browser, APP, seed=seed, code=code)
    somewhere = app.test_client()
    submit(somewhere, "/sign-in", email=alice.email, password=alice.password)
    assert submit(somewhere, "/sign-in/second-step", code=code).status_code == 400


def test_the_picture_is_drawn_here_and_says_what_apps_read(app, alice, browser_of):
    page = browser_of(alice).get(APP).get_data(as_text=True)
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert "<svg" in figure
    assert "style=" not in figure
    with app.app_context():
        address = address_for_app(db.session.get_one(User, alice.user_id), "s" * 43, "Profile (localhost)")
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == (
        "otpauth",
        "totp",
        "/Profile (localhost):alice@example.com",
    )
    assert len(parse_qs(parts.query)["secret"][0]) == 32
    assert html.unescape(page).count("otpauth:") == 0


def test_the_key_is_nowhere_in_the_database_and_worth_nothing_under_another_servers_key(
    app, alice, browser_of, settings
):
    phone, _ = set_up(browser_of(alice))
    with app.app_context():
        rows = [list(row) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
        assert phone.key not in str(rows)
        kept = db.session.scalars(select(Authenticator)).one()
        use_server_key("somebody who only has the database guesses at this")
        assert not kept.accepts(pyotp.TOTP(phone.key).now())
        use_server_key(settings.secret_key)


def test_setting_it_up_anew_ends_the_app_before(app, alice, browser_of):
    browser = browser_of(alice)
    old, _ = set_up(browser)
    assert "replaces your current one" in text_of(browser.get(APP))
    new, answer = set_up(browser)
    assert answer.location == HOW
    assert count(app, Authenticator) == 1
    somewhere = app.test_client()
    submit(somewhere, "/sign-in", email=alice.email, password=alice.password)
    assert submit(somewhere, "/sign-in/second-step", code=old.code()).status_code == 400
    assert submit(somewhere, "/sign-in/second-step", code=new.code()).status_code == 302


def test_one_persons_seed_is_another_key_for_somebody_else(alice, bob, browser_of):
    seed, phone = offered(browser_of(alice))
    assert submit(browser_of(bob), APP, seed=seed, code=phone.code()).status_code == 400


@pytest.mark.parametrize("seed", ["", "x", "ä" * 43, "s" * 5_000])
def test_a_form_that_is_not_complete_is_refused(alice, browser_of, seed):
    answer = submit(browser_of(alice), APP, seed=seed, code="123456")
    assert answer.status_code == 400
    assert "Reload the page." in text_of(answer)


def test_alice_removes_the_app(app, alice, browser_of, audit_log):
    browser = browser_of(alice)
    set_up(browser)
    assert "You then sign in with your password only" in text_of(browser.get(f"{APP}/removal"))
    assert submit(browser, f"{APP}/removal").location == HOW
    assert count(app, Authenticator) == count(app, RecoveryCode) == 0
    assert audit_log(alice)[-1] == ("person.authenticator_removed", "allowed")


def test_removing_what_is_not_there_changes_nothing(alice, browser_of, audit_log):
    browser = browser_of(alice)
    assert submit(browser, f"{APP}/removal").location == HOW
    assert audit_log(alice)[-1] == ("person.signed_in", "allowed")


def test_new_recovery_codes_take_the_place_of_the_old(app, alice, browser_of, audit_log):
    browser = browser_of(alice)
    _, page = set_up(browser)
    old = first(r"<code>([a-z2-7-]{29})</code>", page.get_data(as_text=True))
    made = submit(browser, CODES)
    new = re.findall(r"<code>([a-z2-7-]{29})</code>", made.get_data(as_text=True))
    assert len(new) == 10
    assert old not in new
    assert audit_log(alice)[-1] == ("person.recovery_codes_made", "allowed")
    somewhere = app.test_client()
    submit(somewhere, "/sign-in", email=alice.email, password=alice.password)
    assert submit(somewhere, "/sign-in/second-step", code=old).status_code == 400
    assert submit(somewhere, "/sign-in/second-step", code=new[0]).status_code == 302
    assert "You have 9 unused codes." in text_of(browser.get(HOW))


def test_without_a_second_factor_there_is_nothing_to_recover_from(app, alice, browser_of):
    browser = browser_of(alice)
    assert "you have none" in text_of(browser.get(CODES))
    token = csrf_token(browser, "/settings/profile")
    assert browser.post(CODES, data={"csrf_token": token}).status_code == 403
    assert count(app, RecoveryCode) == 0


@pytest.mark.parametrize("page", [HOW, APP, f"{APP}/removal", CODES])
def test_a_stranger_is_asked_to_sign_in(client, page):
    assert client.get(page).location == f"/sign-in?next={page}"
