"""Wanting none of it: before, in the middle, and afterwards."""

from __future__ import annotations

from sqlalchemy import String, cast, select

from models.assessments.removal_request import RemovalRequest
from models.audit.recorder import AuditEntry, AuditPersonal
from models.database.base import db
from tests.pages import csrf_token


def wishes(within, alice):
    return within(alice, lambda account_id: [wish.profile.email for wish in RemovalRequest.open_in(account_id)])


def test_whoever_does_not_want_to_answer_says_so_on_the_first_page(come, link, within, alice):
    ana = come(link)
    ana.browser.click("I don't want to answer")
    assert "You don't have to answer" in ana.text
    assert "The invitation ends" in ana.text
    ana.browser.press("Ask to be removed")
    assert ana.status == 410
    assert ana.title == "You asked to be removed"
    assert wishes(within, alice) == ["ana@example.com"]
    assert come(link).title == "You asked to be removed"


def test_whoever_has_begun_may_stop(come, link, within, alice):
    ana = come(link).begin().answer_all(until="Group 4")
    ana.browser.click("I don't want to continue")
    assert "Your answers so far are deleted" in ana.text
    ana.browser.press("Ask to be removed")
    assert wishes(within, alice) == ["ana@example.com"]


def test_whoever_has_finished_asks_from_their_result(take, link, within, alice):
    ana = take(link)
    ana.browser.click("Ask to be removed")
    assert ana.title == "Ask to be removed?"
    ana.browser.press("Ask to be removed")
    assert ana.title == "You asked to be removed"
    assert "This page no longer shows your data" in ana.text
    assert wishes(within, alice) == ["ana@example.com"]


def test_the_audit_log_says_that_somebody_answered_but_not_from_where_or_with_what(
    app, take, link, shared, within, alice
):
    take(link)
    ben = take(shared, first_name="Ben", email="ben@example.com")
    ben.browser.click("Ask to be removed")
    ben.browser.press("Ask to be removed")

    def personal(account_id):
        by_nobody = select(
            AuditEntry.action, AuditPersonal.address, AuditPersonal.user_agent, cast(AuditPersonal.names, String)
        )
        by_nobody = by_nobody.join(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id)
        return db.session.execute(
            by_nobody.where(AuditEntry.account_id == account_id, AuditEntry.user_id.is_(None))
        ).all()

    kept = within(alice, personal)
    answering = {"assessment.started", "assessment.completed", "assessment.removal_asked"}
    assert {action for action, *_ in kept} >= answering
    assert {tuple(rest) for action, *rest in kept if action in answering} == {(None, None, "{}")}


def test_asking_twice_is_asking_once(client, link, within, alice):
    token = csrf_token(client, f"{link}/removal")
    for _ in range(2):
        assert client.post(f"{link}/removal", data={"csrf_token": token}).location == link
    assert client.get(f"{link}/removal").location == link
    assert wishes(within, alice) == ["ana@example.com"]


def test_where_there_is_nothing_to_remove_there_is_nothing_to_ask(client, shared):
    assert client.get(f"{shared}/removal").location == shared
