"""An app that asks too fast is told so, and for how long to wait; others go on, and the audit log is not flooded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.accounts.member import Member
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database.base import db
from models.rate_limits.buckets import MINUTE, Throttle
from tests.pages import text_of


@pytest.fixture
def settings(settings):
    """Limits that few calls reach, and that give nothing back within a test: one more call in ten seconds."""
    return replace(settings, limit_calls=6, limit_calls_at_once=5, limit_writes=2, limit_account_calls=8)


@pytest.fixture
def pass_time(app):
    """Makes everything that was counted look older."""

    def move(microseconds=MINUTE):
        with app.app_context():
            for use in db.session.scalars(db.select(ConnectionUse)):
                use.calls_empty_at -= microseconds
                use.writes_empty_at -= microseconds
                use.refusal_noted_at = use.refusal_noted_at and use.refusal_noted_at - timedelta(
                    microseconds=microseconds
                )
            db.session.execute(db.update(Throttle).values(empty_at=Throttle.empty_at - microseconds))
            db.session.commit()

    return move


def tire(app, calls=5):
    """Make so many calls."""
    for _ in range(calls):
        app.result("list_tags")


def waits(answer):
    """The seconds to wait, in an answer that refuses for now."""
    assert answer.status_code == 429, answer.get_data(as_text=True)
    assert answer.json["error"]["code"] == 429
    seconds = int(answer.headers["Retry-After"])
    assert f"Wait {seconds} second" in answer.json["error"]["message"]
    return seconds


@pytest.mark.asvs("2.4.1")
@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_a_connection_that_calls_too_fast_must_wait(claude, revision):
    claude = claude.speaking(revision)
    tire(claude)
    answer = claude.call("list_tags")
    assert 1 <= waits(answer) <= 10
    assert answer.json["id"] == 6


def test_it_may_go_on_when_it_has_waited(claude, pass_time):
    tire(claude)
    seconds = waits(claude.call("list_tags"))
    pass_time(seconds * 1_000_000)
    tire(claude, 1)
    assert waits(claude.call("list_tags"))


def test_another_connection_of_the_same_member_goes_on(claude, connect, alice):
    tire(claude)
    assert waits(claude.call("list_tags"))
    tire(connect(alice, name="ChatGPT"), 1)


@pytest.mark.asvs("16.3.3")
def test_the_audit_log_gets_one_entry_a_minute(claude, audit_log, pass_time, browser_of, alice):
    tire(claude)
    for _ in range(4):
        waits(claude.call("create_tag", label="Sales", color="red"))
    assert [(e.tool, e.outcome, e.reason) for e in audit_log()[5:]] == [("create_tag", "refused", "too_fast")]
    assert "was refused create_tag: it sent too many requests" in text_of(browser_of(alice).get("/settings/audit"))
    pass_time()
    tire(claude)
    waits(claude.call("list_tags"))
    assert [entry.reason for entry in audit_log()].count("too_fast") == 2


def test_changes_have_a_limit_of_their_own(claude, pass_time):
    for label in ("Sales", "Support"):
        claude.result("create_tag", label=label, color="red")
    refused = claude.call("create_tag", label="Staff", color="red")
    assert waits(refused) > 20
    assert "changes" in refused.json["error"]["message"]
    assert claude.result("list_tags")["total"] == 2
    pass_time()
    claude.result("create_tag", label="Staff", color="red")


def test_what_was_refused_for_another_reason_is_no_change(claude):
    for _ in range(3):
        claude.refusal("create_tag", label="Sales", color="mauve")
    claude.result("create_tag", label="Sales", color="red")


def test_refused_calls_are_calls_too(connect, alice):
    claude = connect(alice, ["profiles:read"])
    assert {claude.call("list_tags").status_code for _ in range(5)} == {403}
    assert waits(claude.call("list_tags"))


@pytest.mark.asvs("2.4.1")
def test_the_assistants_of_an_account_have_a_limit_together(connect, alice, bob, eve, pass_time):
    for number in range(2):
        tire(connect(alice, name=f"Claude {number}"), 4)
    late = connect(bob)
    refused = late.call("create_tag", label="Sales", color="red")
    assert waits(refused)
    assert "all apps of this account" in refused.json["error"]["message"]
    assert waits(late.call("list_tags"))
    tire(connect(eve), 1)
    pass_time()
    assert late.result("list_tags")["total"] == 0


@pytest.mark.parametrize("method", ["tools/list", "server/discover"])
def test_lists_and_greetings_are_held_back_too_and_leave_nothing(claude, method, audit_log):
    assert {claude.ask(method).status_code for _ in range(5)} == {200}
    assert waits(claude.ask(method))
    assert audit_log() == []


def test_who_calls_too_fast_gets_no_list_either(claude):
    tire(claude)
    assert waits(claude.ask("tools/list"))


def test_a_token_that_ended_is_refused_as_often_as_it_comes_and_noted_as_often_as_calls_may(
    claude, alice, app, audit_log
):
    with app.app_context():
        member = db.session.get_one(Member, alice.member_id)
        lifecycle.revoke(db.session.get_one(Connection, claude.connection_id), member)
        db.session.commit()
    assert {claude.call("list_tags").status_code for _ in range(8)} == {401}
    assert len(audit_log()) == 5
