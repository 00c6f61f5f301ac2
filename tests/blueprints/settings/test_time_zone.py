"""A person's time zone: what the browser said first, until they choose one; it decides what days and times mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from blueprints.mail.rendering import compose
from models.accounts.user import User
from models.connections.connection import Connection
from models.database.base import db, new_id
from models.database.tenancy import in_account
from models.mail import Kind, Message, notify_of_app
from tests.for_each import for_each
from tests.pages import submit, text_of

AUCKLAND, BERLIN = "Pacific/Auckland", "Europe/Berlin"


@pytest.fixture
def zone_of(app):
    def read(person):
        with app.app_context():
            return db.session.get_one(User, person.user_id).time_zone

    return read


@pytest.fixture
def live_in(app):
    """Gives people a time zone, as if they had chosen it."""

    def give(person, zone):
        with app.app_context():
            db.session.get_one(User, person.user_id).time_zone = zone
            db.session.commit()

    return give


def test_what_the_browser_says_first_is_kept_and_never_replaced(alice, browser_of, zone_of):
    browser = browser_of(alice)
    browser.set_cookie("time_zone", "Mars/Olympus")
    browser.get("/dashboard")
    assert zone_of(alice) is None
    for name in (BERLIN, AUCKLAND):
        browser.set_cookie("time_zone", name)
        browser.get("/dashboard")
        assert zone_of(alice) == BERLIN
    assert f"This browser is set to {AUCKLAND}." in text_of(browser.get("/settings/profile"))


def test_a_person_chooses_another_one(alice, browser_of, zone_of, audit_log):
    browser = browser_of(alice)
    assert submit(browser, "/settings/profile", name=alice.name, time_zone=AUCKLAND).status_code == 302
    assert zone_of(alice) == AUCKLAND
    assert audit_log(alice)[-1] == ("person.changed", "allowed")


@for_each("name", ["Mars/Olympus", "../../etc/passwd"])
def test_one_that_does_not_exist_is_refused_on_its_field(alice, browser_of, zone_of, name):
    answer = submit(browser_of(alice), "/settings/profile", name=alice.name, time_zone=name)
    assert answer.status_code == 400
    assert 'href="#time_zone"' in answer.get_data(as_text=True)
    assert zone_of(alice) is None


@pytest.mark.both_databases
def test_the_audit_log_is_filtered_by_the_days_that_it_shows(alice, browser_of, live_in, monkeypatch):
    # 09:00 on Tuesday in Auckland is Monday evening in UTC.
    noted = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    monkeypatch.setattr("models.audit.recorder.shared_now", lambda: noted)
    monkeypatch.setattr("models.audit.recorder.new_id", lambda _moment: new_id(noted))
    live_in(alice, AUCKLAND)
    browser = browser_of(alice)
    submit(browser, "/tags/new", label="Noticed", color="blue")
    shown = browser.get("/settings/audit?action=tag.created&from=2026-12-01&to=2026-12-01").get_data(as_text=True)
    assert "1 December 2026, 09:00:00 (Pacific/Auckland)" in shown
    assert "Noticed" in shown
    assert "Noticed" not in text_of(browser.get("/settings/audit?action=tag.created&from=2026-11-30&to=2026-11-30"))


def test_an_export_is_named_by_the_persons_day(alice, browser_of, live_in, monkeypatch):
    monkeypatch.setattr("blueprints.auth.time_zone.now", lambda: datetime(2026, 11, 30, 20, 0, tzinfo=UTC))
    live_in(alice, AUCKLAND)
    assert "profiles-2026-12-01.csv" in browser_of(alice).get("/profiles/export").headers["Content-Disposition"]


class TestLastDay:
    @pytest.fixture
    def end(self, app, alice, claude):
        def read():
            with app.app_context(), in_account(alice.account_id):
                return db.session.get_one(Connection, claude.connection_id).ends_at

        return read

    @pytest.fixture
    def page(self, claude):
        return f"/settings/connections/{claude.connection_id}"

    def test_ends_with_the_persons_day(self, alice, browser_of, live_in, end, page):
        live_in(alice, BERLIN)
        browser = browser_of(alice)
        assert submit(browser, f"{page}/limits", ends_on="2098-12-03").status_code == 302
        assert end() == datetime(2098, 12, 3, 23, 0, tzinfo=UTC)
        assert "Access ends after 3 December 2098," in text_of(browser.get(page))

    def test_does_not_move_when_another_limit_is_saved_in_another_zone(self, alice, browser_of, live_in, end, page):
        live_in(alice, BERLIN)
        browser = browser_of(alice)
        submit(browser, f"{page}/limits", ends_on="2098-12-03")
        live_in(alice, AUCKLAND)
        assert "Access ends on 4 December 2098, 12:00 (Pacific/Auckland)" in text_of(browser.get(page))
        assert submit(browser, f"{page}/limits", daily_calls="5").status_code == 302
        assert end() == datetime(2098, 12, 3, 23, 0, tzinfo=UTC)


def test_mail_says_times_in_the_zone_of_who_gets_it(app, alice, claude, live_in):
    live_in(alice, AUCKLAND)
    happened = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
    with app.app_context(), in_account(alice.account_id):
        user = db.session.get_one(User, alice.user_id)
        notify_of_app(Kind.APP_ELSEWHERE, alice.account_id, claude.connection_id, user)
        message = db.session.scalars(select(Message).where(Message.kind == Kind.APP_ELSEWHERE)).one()
        message.created_at = happened
        assert f"on 1 December 2026, 09:00 ({AUCKLAND})" in compose(message).letter.text
        message.user_id = None
        assert "on 30 November 2026, 20:00 UTC" in compose(message).letter.text
