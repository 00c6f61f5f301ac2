"""What ends with its retention is signed for by the server: nobody else's removals pass for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import delete, update

from models.accounts.account import Account
from models.audit.purge import AuditPurge
from models.audit.recorder import AuditEntry
from models.audit.seal import AuditSeal, stored_log
from models.audit.verify_audit import Verdict, verify
from models.audit_log.retention import purge_log, purge_remains
from models.database.base import db, new_id, now
from tests.models.audit.test_seal import add_old_entry, noted, seal_now
from tests.models.audit.test_tampered_log import put_back
from tests.models.forger import drop, rehash


@pytest.fixture
def old(account_id):
    """An account that keeps its trail for sixty days: entries of seven days, two of which are older, sealed together."""
    db.session.execute(update(Account).values(audit_retention_days=60))
    db.session.commit()
    for days in (100, 90, 50, 40, 33, 32, 31):
        add_old_entry(account_id, now() - timedelta(days=days))
    seal_now(account_id)
    return account_id


def purge(account_id):
    removed = purge_log(db.session.get_one(Account, account_id))
    db.session.commit()
    return removed


def test_what_was_purged_is_signed_for_and_the_audit_log_is_intact(old):
    seal = noted(old)

    assert purge(old) == 2
    assert purge(old) == 0

    found = verify(stored_log(old), seal)
    assert found.intact
    assert "2 entries are known only by their hashes" in found.sentence
    assert len(found.notes["purged"]) == 2


def test_later_purges_go_on_where_the_last_one_ended(old):
    seal = noted(old)
    purge(old)
    db.session.execute(update(Account).values(audit_retention_days=35))
    db.session.commit()

    assert purge(old) == 2
    assert AuditPurge.last(old).entries == 4
    assert verify(stored_log(old), seal).intact


def test_one_entry_more_than_the_server_purged_is_missing(old):
    seal = noted(old)
    purge(old)
    trail = stored_log(old)
    gone = trail.seals[0].members[2].entry_id
    drop(trail, gone)
    put_back(trail)

    assert verify(stored_log(old), seal).sentence == f"Entry {gone} is missing."


@pytest.mark.parametrize(
    "change",
    [{"place": 4}, {"entries": 5}, {"seal": 2}, {"at": "2020-01-01T00:00:00.000000+00:00"}, {"signature": "00" * 64}],
)
def test_what_the_server_signed_of_a_purge_cannot_be_changed(old, change):
    seal = noted(old)
    purge(old)
    trail = stored_log(old)
    assert trail.purge
    trail.purge = replace(trail.purge, **change)

    found = verify(trail, seal)

    assert found.verdict is Verdict.WRONG
    assert trail.seals[0].members[0].entry_id in found.sentence
    assert "not signed by the server" in found.sentence


def test_what_another_account_purged_says_nothing_of_this_one(old):
    seal, other = noted(old), new_id()
    purge(old)
    trail = stored_log(old)
    assert trail.purge
    trail.purge = replace(trail.purge, account_id=str(other))

    assert not verify(trail, seal).intact


def test_seals_that_are_gone_with_what_was_purged_of_them_are_missed(old):
    seal = noted(old)
    purge(old)
    trail = stored_log(old)
    trail.seals.clear()
    for entry_id in sorted(trail.entries):
        drop(trail, entry_id)

    assert verify(trail, seal).verdict is Verdict.WRONG
    assert verify(trail).verdict is Verdict.WRONG, "the purge itself tells of them"


def test_what_somebody_removed_early_is_not_forgiven_when_its_time_has_come(old):
    """The server signs for what it removed itself, and counts."""
    seal = noted(old)
    trail = stored_log(old)
    drop(trail, trail.seals[0].members[1].entry_id)
    put_back(trail)
    db.session.commit()
    assert not verify(stored_log(old), seal).intact

    purge(old)

    assert "1 were removed before their retention ended" in verify(stored_log(old), seal).sentence


def test_an_entry_that_is_gone_too_early_is_never_signed_for(old):
    seal = noted(old)
    trail = stored_log(old)
    gone = trail.seals[0].members[3].entry_id
    drop(trail, gone)
    rehash(trail)
    put_back(trail)
    db.session.commit()

    purge(old)

    assert verify(stored_log(old), seal).sentence == f"Entry {gone} is missing."


def test_a_purge_from_before_the_server_had_another_key_counts_with_a_seal_from_after(old, monkeypatch):
    purge(old)
    monkeypatch.setattr("models.secrets._server_key", b"another SECRET_KEY")
    seal_now(old)

    assert AuditSeal.last(old).number == 2
    assert verify(stored_log(old), noted(old)).intact


@pytest.fixture
def renewed(old, monkeypatch):
    """The same account after the server was given another key, with the seal that was noted before."""
    seal = noted(old)
    monkeypatch.setattr("models.secrets._server_key", b"another SECRET_KEY")
    return seal


@pytest.mark.parametrize("remains", [False, True])
def test_a_purge_with_a_new_key_brings_a_seal_with_it(old, renewed, remains):
    """Also where nothing is left to seal, as of a deleted account: an honest server's trail verifies by itself."""
    assert purge_remains(old, 60) == 2 if remains else purge(old) == 2
    db.session.commit()

    assert AuditSeal.last(old).entries == 0
    assert verify(stored_log(old)).intact
    found = verify(stored_log(old), noted(old))
    assert found.intact
    assert "2 entries are known only by their hashes" in found.sentence
    seal_now(old)
    assert verify(stored_log(old), noted(old)).intact


def test_against_a_seal_from_before_a_new_key_nothing_is_said_to_be_forged(old, renewed):
    purge(old)

    found = verify(stored_log(old), renewed)

    assert found.verdict is Verdict.WRONG
    assert "Seal 2 was signed by another key. Either the server was given another SECRET_KEY" in found.sentence


def test_a_purge_with_a_key_that_no_seal_has_is_not_said_to_be_unsigned(old, renewed):
    """As servers signed that purged before they sealed with the new key."""
    purge(old)
    trail = stored_log(old)
    del trail.seals[1:]

    for seal in (None, renewed):
        found = verify(trail, seal)
        assert found.verdict is Verdict.WRONG
        assert f"Entry {trail.seals[0].members[0].entry_id} is missing" in found.sentence
        assert "signed by another key than the seals. Either the server was given another SECRET_KEY" in found.sentence


def test_with_the_same_key_a_purge_needs_no_seal(old):
    purge(old)

    assert AuditSeal.last(old).number == 1


def test_what_was_purged_before_purges_were_signed_is_signed_for_by_the_migration(old):
    seal, young = noted(old), stored_log(old).seals[0].members[2].entry_id
    db.session.remove()
    flask_migrate.downgrade(revision=str(ScriptDirectory("migrations").get_revision("0021").down_revision))
    db.session.execute(delete(AuditEntry).where(AuditEntry.at < now() - timedelta(days=60)))
    db.session.commit()
    db.session.remove()

    flask_migrate.upgrade()

    found = verify(stored_log(old), seal)
    assert found.intact
    assert len(found.notes["purged"]) == 2
    trail = stored_log(old)
    drop(trail, young)
    assert verify(trail, seal).sentence == f"Entry {young} is missing."
