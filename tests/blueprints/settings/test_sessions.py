"""Where one is signed in, and signing out elsewhere."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.database.base import db, now
from models.identity.session import LoginSession
from tests.pages import csrf_token, first, submit, text_of

SESSIONS = "/settings/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"


def sign_in_with(app, person, agent, address="192.0.2.7"):
    browser = app.test_client()
    browser.environ_base |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address}
    submit(browser, "/sign-in", email=person.email, password=person.password)
    return browser


def other_session(page):
    return first(r'action="(/settings/sessions/[0-9a-f-]+/sign-out)"', page.get_data(as_text=True))


def test_charlie_sees_where_he_is_signed_in(app, charlie):
    desk, phone = sign_in_with(app, charlie, FIREFOX), sign_in_with(app, charlie, PHONE, "198.51.100.200")
    seen = text_of(desk.get(SESSIONS))
    assert "Firefox on Linux (this one) 192.0.2.0/24" in seen
    assert "Safari on iPhone 198.51.100.0/24" in seen
    assert "In 2 browsers" in text_of(phone.get("/settings/sign-in"))


@pytest.mark.asvs("7.4.1")
def test_he_signs_the_other_out_and_it_is_out_at_once(app, charlie, audit_log):
    desk, phone = sign_in_with(app, charlie, FIREFOX), sign_in_with(app, charlie, PHONE)
    path = other_session(desk.get(SESSIONS))
    assert submit(desk, path, page=SESSIONS).location == SESSIONS
    assert "Safari on iPhone was signed out." in text_of(desk.get(SESSIONS))
    assert phone.get(SESSIONS).status_code == 302
    assert desk.get(SESSIONS).status_code == 200
    assert audit_log(charlie)[-1] == ("person.signed_out_elsewhere", "allowed")


def test_he_signs_all_others_out(app, charlie, browser_of):
    here, *others = (browser_of(charlie) for _ in range(4))
    assert submit(here, f"{SESSIONS}/others/sign-out", page=SESSIONS).location == SESSIONS
    assert [other.get(SESSIONS).status_code for other in others] == [302] * 3
    assert "Sign out all other browsers" not in text_of(here.get(SESSIONS))


def test_nobody_signs_somebody_else_out(app, charlie, bob, browser_of):
    his, hers = browser_of(charlie), browser_of(bob)
    token = csrf_token(hers, SESSIONS)
    with app.app_context():
        session_id = db.session.scalar(select(LoginSession.id).where(LoginSession.user_id == charlie.user_id))
    for unknown in (session_id, uuid.uuid4()):
        assert hers.post(f"{SESSIONS}/{unknown}/sign-out", data={"csrf_token": token}).status_code == 404
    hers.post(f"{SESSIONS}/others/sign-out", data={"csrf_token": token})
    assert his.get(SESSIONS).status_code == 200


@pytest.mark.asvs("7.3.1")
def test_a_session_that_has_ended_is_not_listed(app, charlie, browser_of):
    here, _there = browser_of(charlie), sign_in_with(app, charlie, PHONE)
    with app.app_context():
        ended = update(LoginSession).where(LoginSession.user_agent == PHONE)
        db.session.execute(ended.values(seen_at=now() - timedelta(days=60)))
        db.session.commit()
    assert "iPhone" not in text_of(here.get(SESSIONS))


def test_a_browser_that_says_nothing_of_itself_is_a_browser(app, charlie):
    browser = sign_in_with(app, charlie, "<script>alert(1)</script>")
    assert "A browser (this one)" in text_of(browser.get(SESSIONS))


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(SESSIONS).location == f"/sign-in?next={SESSIONS}"
