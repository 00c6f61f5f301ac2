"""The worker seals the audit log of every account, and removes what they no longer keep, also of accounts that are no more."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from blueprints.worker import audit_log as work
from blueprints.worker.data import carry_out_deletions
from models.accounts.account import Account
from models.accounts.member import Member
from models.audit import verify_audit
from models.audit.recorder import Action, AuditEntry, record
from models.audit.seal import AuditSeal, SealedEntry, entry_facts, seal_log, stored_log
from models.audit.verify_audit import verify
from models.database.base import db, new_id, now, table_of
from models.database.tenancy import in_account
from models.privacy.account_deletion import ask_deletion
from models.privacy.erasure import Erasure
from models.request_scope import Actor, current_scope, open_scope


@pytest.fixture
def two(app, alice, eve):
    """Two accounts, in each of which something happened an hour ago."""
    with app.app_context():
        ids = [alice.account_id, eve.account_id]
        for account_id in ids:
            add_entry(account_id, timedelta(hours=1))
        yield ids


def add_entry(account_id, ago):
    """An entry as it was written so long ago."""
    with in_account(account_id):
        record(Action.AUDIT_READ)
    newest = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    moment = now() - ago
    facts = {column.key: getattr(newest, column.key) for column in table_of(AuditEntry).columns}
    facts |= {"id": new_id(moment), "at": moment}
    db.session.rollback()
    facts["entry_hash"] = verify_audit.hash_of_entry(entry_facts(AuditEntry(**facts)))
    db.session.execute(insert(table_of(AuditEntry)), facts)
    db.session.commit()


def sealed(account_id):
    seal = AuditSeal.last(account_id)
    return seal and (seal.number, seal.entries)


def test_every_ten_minutes_what_has_settled_is_sealed(two):
    seal_log(two[0], now() - timedelta(minutes=50))
    db.session.commit()
    add_entry(two[0], timedelta(minutes=30))
    work.seal_trails()
    assert [sealed(account_id) for account_id in two] == [(2, 1), (1, 1)]
    work.seal_trails()
    assert [sealed(account_id) for account_id in two] == [(2, 1), (1, 1)], "nothing new has settled"
    assert verify(stored_log(two[0]), AuditSeal.last(two[0]).noted).intact


def test_after_days_without_a_worker_everything_is_sealed_in_its_order(two):
    for days in (9, 5, 3):
        add_entry(two[1], timedelta(days=days))
    work.seal_trails()
    assert sealed(two[1]) == (1, 4)
    assert verify(stored_log(two[1]), AuditSeal.last(two[1]).noted).intact


def test_where_nothing_has_happened_of_late_what_lies_open_is_sealed_once_a_day(two, new_account):
    quiet = new_account("Aperture Archive").id
    add_entry(quiet, timedelta(days=3))
    work.seal_trails()
    assert sealed(quiet) is None
    work.tidy_trails()
    assert sealed(quiet) == (1, 1)


def test_a_long_audit_log_is_sealed_seal_after_seal(two, monkeypatch):
    monkeypatch.setattr("models.audit.seal.MOST_IN_A_SEAL", 2)
    for minutes in range(20, 25):
        add_entry(two[0], timedelta(minutes=minutes))
    work.seal_trails()
    assert sealed(two[0])[0] == 3
    assert verify(stored_log(two[0]), AuditSeal.last(two[0]).noted).intact


@pytest.mark.both_databases
def test_of_two_workers_at_once_one_seals_and_neither_fails(app, two):
    for minutes in range(20, 60):
        add_entry(two[0], timedelta(minutes=minutes))
    problems, start = [], threading.Barrier(4)

    def run():
        try:
            with app.app_context(), open_scope():
                start.wait()
                work.seal_trails()
        except SQLAlchemyError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    work.seal_trails()
    listed = db.session.scalars(select(SealedEntry.entry_id).where(SealedEntry.account_id == two[0])).all()
    assert len(listed) == len(set(listed)) == 41
    assert verify(stored_log(two[0]), AuditSeal.last(two[0]).noted).intact


def test_once_a_day_what_an_account_no_longer_keeps_is_removed(two):
    for account_id in two:
        add_entry(account_id, timedelta(days=60))
    db.session.execute(update(Account).where(Account.id == two[0]).values(audit_retention_days=30))
    db.session.commit()
    work.tidy_trails()
    kept = [[entry["action"] for entry in stored_log(account_id).entries.values()] for account_id in two]
    assert "audit.purged" in kept[0]
    assert kept[0].count("audit.read") == 1
    assert "audit.purged" not in kept[1]
    assert kept[1].count("audit.read") == 2
    assert verify(stored_log(two[0]), AuditSeal.last(two[0]).noted).intact


def test_the_audit_log_of_a_deleted_account_is_sealed_too_and_ends_with_its_retention(two, alice):
    current_scope().authenticated_as(Actor())
    with in_account(two[0]):
        db.session.execute(update(Account).where(Account.id == two[0]).values(audit_retention_days=90))
        ask_deletion(db.session.get_one(Member, alice.member_id), "Aperture Science")
        db.session.commit()
    db.session.execute(update(Erasure).values(due_at=now()))
    db.session.commit()
    carry_out_deletions()
    add_entry(two[0], timedelta(days=80))
    add_entry(two[0], timedelta(days=100))

    work.tidy_trails()

    kept = [entry["at"] for entry in stored_log(two[0]).entries.values()]
    assert min(kept) > (now() - timedelta(days=90)).isoformat()
    assert len(kept) > 3
    assert sealed(two[0]) is not None
    assert "audit.purged" not in [entry["action"] for entry in stored_log(two[0]).entries.values()]


def test_a_clock_that_jumps_ahead_for_a_moment_seals_nothing(two, monkeypatch, caplog):
    with monkeypatch.context() as ahead:
        for place in ("blueprints.worker.audit_log.now", "models.audit.seal.shared_now"):
            ahead.setattr(place, lambda: now() + timedelta(hours=2))
        work.seal_trails()
    assert [sealed(account_id) for account_id in two] == [None, None]
    assert "the clock of this machine jumped" in caplog.text
    work.seal_trails()
    assert [sealed(account_id) for account_id in two] == [(1, 1), (1, 1)]
    assert verify(stored_log(two[0])).intact


def test_a_clock_that_went_back_across_a_seal_is_told_of(two, caplog):
    seal_log(two[0], now() + timedelta(hours=1))
    db.session.commit()
    work.clock = work.Clock()
    add_entry(two[0], timedelta(minutes=20))
    work.seal_trails()
    assert "the clock is behind the newest seal of an audit log" in caplog.text
    assert "or the server's clock went back then" in verify(stored_log(two[0])).sentence
