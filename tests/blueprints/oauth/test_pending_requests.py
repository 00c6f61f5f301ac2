"""Whoever must sign in first comes back to what the app asked, word for word, however long its request is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blueprints.worker.mail import send_due_messages
from models.accounts.sign_up import set_up_token
from models.database.base import db
from models.oauth.pending_request import PendingRequest
from tests.assistant import Assistant, answer_in, decide, fields_of
from tests.for_each import for_each
from tests.pages import first

# As long as a request's may be, and of characters that grow within an address.
STATE = '{"return":"/a?b=c&d=%","\u00e9":1}'.ljust(4_000, "\u00e9")


@pytest.fixture
def settings(settings):
    """Anybody may sign up."""
    return replace(settings, sign_up="open")


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


@pytest.fixture
def claude(app):
    return Assistant(app, state=STATE).register()


@pytest.fixture
def stranger(app):
    return app.test_client()


def sent_on(browser, page, path, **fields):
    """Fill in the form of a page, and follow to where that leads."""
    return browser.post(path, data=fields_of(page) | fields, follow_redirects=True)


def sign_in(browser, page, person):
    return sent_on(browser, page, "/sign-in", email=person.email, password=person.password)


@pytest.mark.both_databases
def test_a_long_state_survives_the_sign_in(claude, stranger, alice):
    answer = claude.ask(stranger)
    assert len(answer.location) < 500
    consent = sign_in(stranger, stranger.get(answer.location), alice)
    assert answer_in(decide(stranger, consent))["state"] == STATE


def test_a_short_request_is_carried_along_and_nothing_is_kept(app, stranger):
    assert "state" in Assistant(app).register().ask(stranger).location
    with app.app_context():
        assert db.session.scalar(db.select(PendingRequest)) is None


def test_a_long_state_survives_a_wrong_password_and_a_second_step(claude, stranger, alice, give_app):
    page = stranger.get(claude.ask(stranger).location)
    page = sent_on(stranger, page, "/sign-in", email=alice.email, password="wrong")
    codes = give_app(alice)
    page = sign_in(stranger, page, alice)
    consent = sent_on(stranger, page, "/sign-in/second-step", code=codes.code())
    assert answer_in(decide(stranger, consent))["state"] == STATE


@pytest.fixture
def forgotten(app, claude, stranger, alice, mailbox):
    """Alice wants to connect Claude and has forgotten her password: the page after asking for a link, and the link."""
    page = stranger.get(claude.ask(stranger).location)
    page = stranger.get(first(r'href="(/forgot-password[^"]*)"', page.text).replace("&amp;", "&"))
    sent = sent_on(stranger, page, "/forgot-password", email=alice.email)
    with app.app_context():
        send_due_messages()
    return sent, mailbox.to(alice.email)[-1].link.removeprefix("http://localhost")


NEW = "eleven kites over a quiet harbour"


@pytest.mark.both_databases
def test_a_long_state_survives_a_forgotten_password(stranger, alice, forgotten):
    _, link = forgotten
    page = sent_on(stranger, stranger.get(link), link, password=NEW)
    consent = sent_on(stranger, page, "/sign-in", email=alice.email, password=NEW)
    assert answer_in(decide(stranger, consent))["state"] == STATE


def test_whoever_reads_the_mail_elsewhere_goes_on_where_they_began(app, stranger, alice, forgotten):
    sent, link = forgotten
    phone = app.test_client()
    page = sent_on(phone, phone.get(link), link, password=NEW)
    # Anybody can ask for a mail to any address: it never says where its reader goes after signing in.
    assert fields_of(page)["next"] == ""
    page = stranger.get(first(r'href="(/sign-in[^"]*)"', sent.text).replace("&amp;", "&"))
    consent = sent_on(stranger, page, "/sign-in", email=alice.email, password=NEW)
    assert answer_in(decide(stranger, consent))["state"] == STATE


@for_each("state", ["short", STATE])
def test_somebody_new_comes_back_from_signing_up(app, state):
    with app.app_context():
        token = set_up_token()
    claude, stranger = Assistant(app, state=state).register(), app.test_client()
    page = stranger.get(claude.ask(stranger).location)
    link = first(r'href="(/sign-up[^"]*)"', page.text).replace("&amp;", "&")
    new = {
        "name": "Nia",
        "email": f"nia{len(state)}@example.com",
        "account_name": "Nia's",
        "password": "five larks in a tree",
        "token": token,
    }
    consent = sent_on(stranger, stranger.get(link), "/sign-up", **new)
    assert answer_in(decide(stranger, consent))["state"] == state


def test_a_request_waits_for_an_hour_and_is_nobodys_secret(app, claude, stranger, browser_of, alice):
    back = first(r"next=([^&]*)", claude.ask(stranger).location).replace("%2F", "/")
    browser = browser_of(alice)
    assert browser.get(back).status_code == 302
    with app.app_context():
        assert back.rpartition("/")[2] not in str(
            tuple(db.session.execute(db.text("SELECT * FROM pending_request")).one())
        )
        db.session.execute(db.text("UPDATE pending_request SET expires_at = '2020-01-01 00:00:00+00:00'"))
        db.session.commit()
    for secret in (back, "/authorize/unknown"):
        gone = browser.get(secret)
        assert (gone.status_code, gone.location) == (400, None)


def test_no_more_wait_than_there_is_room_for(app, claude, stranger, monkeypatch):
    monkeypatch.setattr("models.oauth.pending_request.MOST_WAITING", 3)
    for _ in range(5):
        assert claude.ask(stranger).status_code == 302
    with app.app_context():
        assert len(db.session.scalars(db.select(PendingRequest)).all()) == 3
