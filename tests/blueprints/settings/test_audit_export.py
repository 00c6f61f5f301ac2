"""The audit log, taken elsewhere: who may take what, in which form, and that it is checked there."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest

from blueprints.settings.audit_export import lines
from models.audit.seal import AuditSeal, add_seal, seal_log
from models.audit.verify_audit import Verdict, read_export, verify
from models.audit_log import EntryFilter, export
from models.database.base import db, now
from models.database.engine import writing
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from models.request_scope import Actor, current_scope
from tests.pages import submit


@pytest.fixture
def busy(app, alice, charlie):
    """Alice and Charlie have both done something; all of it is sealed."""
    with app.app_context(), in_account(alice.account_id):
        for person in (alice, charlie):
            current_scope().authenticated_as(
                Actor(account_id=alice.account_id, user_id=person.user_id, member_id=person.member_id)
            )
            Tag.create(alice.account_id, f"=HYPERLINK of {person.name}", "red")
        current_scope().authenticated_as(Actor())
        db.session.commit()
        # What happened in this very millisecond would be left for the next seal.
        seal_log(alice.account_id, now() + timedelta(milliseconds=2))
        db.session.commit()
        return AuditSeal.last(alice.account_id).noted


@pytest.mark.both_databases
def test_an_owner_takes_the_whole_audit_log_and_it_is_intact_elsewhere(busy, alice, browser_of):
    answer = browser_of(alice).get("/settings/audit/export")
    audit_log = read_export(answer.text.splitlines())

    assert answer.mimetype == "application/x-ndjson"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert not audit_log.filtered
    assert verify(audit_log, busy).intact
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert {event["specversion"] for event in events} == {"1.0"}
    assert any(event["data"].get("sentence") == "Alice created the tag =HYPERLINK of Alice" for event in events)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_no_transaction_is_open_while_a_slow_download_waits(kind, busy, app, alice, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr(export, "SIGNED_AT_ONCE", 1)
    with app.app_context():
        for _ in lines(alice.user_id, alice.account_id, EntryFilter(), kind):
            assert not db.session().in_transaction()


@pytest.mark.both_databases
def test_a_seal_made_during_a_slow_download_is_left_for_the_next_one(busy, app, alice, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 1)
    monkeypatch.setattr(export, "SIGNED_AT_ONCE", 1)
    with app.app_context():
        download = lines(alice.user_id, alice.account_id, EntryFilter(), "jsonl")
        taken = [next(download) for _ in range(4)]
        last = AuditSeal.last(alice.account_id).number
        with writing():
            add_seal(alice.account_id, now(), [(uuid.uuid4(), "0" * 64)])
        audit_log = read_export([*taken, *download])
    assert [seal.number for seal in audit_log.seals] == list(range(1, last + 1))
    assert verify(audit_log, busy).intact


def test_an_export_is_the_last_entry_of_itself(busy, alice, browser_of):
    audit_log = read_export(browser_of(alice).get("/settings/audit/export").text.splitlines())

    assert audit_log.entries[max(audit_log.entries)]["action"] == "audit.exported"


def test_who_takes_the_audit_log_away_proves_first_who_they_are(busy, alice, browser_of, long_ago):
    browser = browser_of(alice)
    long_ago(alice)

    asked = browser.get("/settings/audit/export?format=csv&outcome=allowed")

    assert asked.location == "/sign-in/again?next=/settings/audit/export?format%3Dcsv%26outcome%3Dallowed"
    answer = submit(browser, "/sign-in/again", password=alice.password, next="/settings/audit/export?format=csv")
    assert browser.get(answer.location).mimetype == "text/csv"


def test_others_take_what_they_and_their_own_connections_did(busy, alice, charlie, browser_of):
    text = browser_of(charlie).get("/settings/audit/export").text
    audit_log = read_export(text.splitlines())

    assert audit_log.filtered
    assert "HYPERLINK of Charlie" in text
    assert "HYPERLINK of Alice" not in text
    found = verify(audit_log, busy)
    assert found.verdict is Verdict.INCOMPLETE
    assert "Intact" not in found.sentence
    assert found.sentence.startswith("Incomplete: this export leaves out entries on purpose")


def test_a_filtered_export_says_so_and_the_seals_hold_for_what_it_has(busy, alice, charlie, browser_of):
    audit_log = read_export(
        browser_of(alice).get(f"/settings/audit/export?member={charlie.member_id}").text.splitlines()
    )

    assert audit_log.filtered
    assert {entry["member_id"] for entry in audit_log.entries.values()} == {str(charlie.member_id)}
    found = verify(audit_log, busy)
    assert found.verdict is Verdict.INCOMPLETE
    assert set(found.notes["left out"]).isdisjoint(audit_log.entries)
    assert found.notes["left out"][0] in found.sentence


def test_a_table_has_a_row_for_each_entry_and_no_formulas(busy, alice, browser_of):
    answer = browser_of(alice).get("/settings/audit/export?format=csv")
    heading, *rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert heading[:2] == ["when", "who"]
    assert len(rows) >= 3
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_another_format_is_refused_with_a_sentence(alice, browser_of):
    answer = browser_of(alice).get("/settings/audit/export?format=xml")

    assert answer.status_code == 400
    assert "jsonl or as csv" in answer.text


def test_the_page_shows_the_newest_seal_to_owners_alone(busy, alice, charlie, browser_of):
    assert busy in browser_of(alice).get("/settings/audit").text
    assert busy not in browser_of(charlie).get("/settings/audit").text


def test_every_entry_has_an_address_for_those_who_may_see_it(busy, app, alice, charlie, eve, browser_of):
    audit_log = read_export(browser_of(alice).get("/settings/audit/export").text.splitlines())
    of_alice = next(
        id_
        for id_, entry in audit_log.entries.items()
        if entry["action"] == "tag.created" and entry["member_id"] == str(alice.member_id)
    )

    page = browser_of(alice).get(f"/settings/audit/{of_alice}")
    assert "Alice created the tag" in page.text
    assert busy in page.text
    assert browser_of(charlie).get(f"/settings/audit/{of_alice}").status_code == 404
    assert browser_of(eve).get(f"/settings/audit/{of_alice}").status_code == 404


def test_anybody_may_take_the_program_that_checks(app):
    answer = app.test_client().get("/settings/audit/verifier")

    assert answer.status_code == 200
    assert "def verify(" in answer.text
    assert "verify_audit.py" in answer.headers["Content-Disposition"]
