"""Seals over the trail: what is changed, removed, inserted, moved or cut off afterwards is found and named."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert as insert_into
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.accounts.account import Account
from models.accounts.member import Member
from models.audit import verify_audit
from models.audit.recorder import Action, AuditEntry, record
from models.audit.seal import AuditSeal, seal_log, stored_log
from models.audit.verify_audit import Unreadable, read_export, signature_holds, verify
from models.audit_log.export import as_json_lines
from models.audit_log.query import EntryFilter
from models.audit_log.retention import purge_log
from models.database.base import db, new_id, now
from tests.models.forger import change, insert, lose, truncate

COLORS = ("red", "blue", "pink")


def seal_now(account_id):
    """Seal everything that there is; nothing can come into that moment any more when this returns."""
    until = now() + timedelta(milliseconds=2)
    seal = seal_log(account_id, until)
    db.session.commit()
    while now() <= until:
        pass
    return seal


@pytest.fixture
def busy(account_id):
    """An account in which thirty things happened, sealed ten at a time, and three more since."""
    for _ in range(3):
        for _ in range(10):
            record(Action.TAG_CHANGED, ("tag", uuid.uuid4()), fields=["color"], values={"color": random.choice(COLORS)})
        db.session.commit()
        seal_now(account_id)
    return account_id


def noted(account_id):
    return AuditSeal.last(account_id).noted


def test_an_honest_audit_log_is_intact(busy):
    found = verify(stored_log(busy), noted(busy))

    assert found.intact
    assert "everything up to seal 3" in found.sentence


def test_without_a_noted_seal_only_consistency_is_claimed(busy):
    found = verify(stored_log(busy))

    assert found.intact
    assert "proves no more" in found.sentence


def test_newer_entries_wait_for_the_next_seal(busy):
    record(Action.AUDIT_READ)
    db.session.commit()

    found = verify(stored_log(busy), noted(busy))

    assert found.intact
    assert "1 newer entries are not sealed yet" in found.sentence
    assert seal_now(busy).number == 4
    assert verify(stored_log(busy), noted(busy)).intact


def test_entries_are_sealed_only_when_every_transaction_of_their_time_has_ended(account_id):
    record(Action.AUDIT_READ)
    db.session.commit()

    assert seal_log(account_id) is None
    assert seal_now(account_id).entries == 1


@pytest.mark.parametrize("tamper", [change, lose, insert, truncate])
def test_who_forgets_the_hashes_is_found_without_any_seal(busy, tamper):
    for seed in range(10):
        trail = stored_log(busy)
        if tamper(trail, random.Random(seed)) and tamper is not truncate:
            assert not verify(trail).intact


def test_personal_data_can_be_erased_and_the_seals_still_hold(busy):
    db.session.execute(text("DELETE FROM audit_personal"))
    db.session.commit()

    assert verify(stored_log(busy), noted(busy)).intact


def test_personal_data_cannot_be_changed_unseen(busy):
    trail = stored_log(busy)
    entry_id = sorted(trail.personal)[4]
    trail.personal[entry_id]["values"]["address"] = "203.0.113.0/24"

    assert verify(trail, noted(busy)).entry_id == entry_id


@pytest.mark.asvs("16.4.2")
def test_the_databases_refuse_to_change_or_remove_a_seal(busy):
    for statement in (
        "UPDATE audit_seal SET number = 9",
        "DELETE FROM audit_seal",
        "UPDATE audit_sealed SET place = place + 100",
        "DELETE FROM audit_sealed",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_a_sealed_entry_goes_only_after_its_retention(account_id):
    long_ago = now() - timedelta(days=500)
    for _ in range(3):
        add_old_entry(account_id, long_ago)
    record(Action.AUDIT_READ)
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("DELETE FROM audit_entry"))
    db.session.rollback()
    seal_now(account_id)
    seal = noted(account_id)

    assert purge_log(db.session.get_one(Account, account_id)) == 3
    db.session.commit()

    trail = stored_log(account_id)
    assert [entry["action"] for entry in trail.entries.values()] == ["audit.read", "audit.purged"]
    assert verify(trail, seal).intact
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("DELETE FROM audit_entry"))
    db.session.rollback()


def add_old_entry(account_id, moment):
    """An entry as it was written long ago."""
    record(Action.AUDIT_READ)
    newest = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    facts = {column.key: getattr(newest, column.key) for column in AuditEntry.__table__.columns}
    facts |= {"id": new_id(moment), "at": moment}
    db.session.rollback()
    facts["entry_hash"] = verify_audit.hash_of_entry({name: hashable(value) for name, value in facts.items()})
    db.session.execute(insert_into(AuditEntry), facts)
    db.session.commit()


def hashable(value):
    return (
        value
        if isinstance(value, int | str | list | dict) or value is None
        else getattr(value, "isoformat", value.__str__)()
    )


@pytest.fixture
def export(busy, app, alice, tmp_path):
    """A file with the whole trail, as Alice the Owner takes it away."""
    reader = Member.of(alice.user_id, busy)
    assert reader
    path = tmp_path / "export.jsonl"
    path.write_text("".join(as_json_lines(reader, EntryFilter(), "https://profile.example.com")), encoding="utf-8")
    return path


def run(path, *more):
    program = Path(verify_audit.__file__)
    return subprocess.run(
        [sys.executable, "-I", "-S", program, path, *more], capture_output=True, text=True, check=False
    )


def test_an_export_is_checked_elsewhere_by_a_program_that_needs_nothing(export, busy):
    done = run(export, "--seal", noted(busy))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Intact: everything up to seal 3")
    assert run(export).stdout.startswith("Consistent in itself")


def test_a_changed_export_is_named_elsewhere(export, busy):
    lines = export.read_text(encoding="utf-8").splitlines()
    event = json.loads(lines[7])
    event["data"]["entry"]["outcome"] = "refused"
    lines[7] = json.dumps(event)
    export.write_text("\n".join(lines), encoding="utf-8")

    done = run(export, "--seal", noted(busy))

    assert done.returncode == 1
    assert event["id"] in done.stdout


@pytest.mark.parametrize("content", ["", "{", "[]", '{"type": 1}', '{"type":"profile.tag.changed","data":{}}', "\x00"])
def test_what_is_no_export_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "other.jsonl"
    path.write_text(content, encoding="utf-8")

    done = run(path)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_what_is_no_seal_is_said_to_be_none(busy):
    for wrong in ("1234", "x" * 128, noted(busy)[:-2]):
        with pytest.raises(Unreadable, match="128"):
            verify(stored_log(busy), wrong)


def test_an_export_that_was_read_back_is_the_audit_log(export, busy):
    with export.open(encoding="utf-8") as lines:
        assert read_export(lines).entries == stored_log(busy).entries


@pytest.mark.asvs("11.4.3", "11.6.1")
def test_signatures_are_those_of_rfc_8032():
    # RFC 8032 §7.1, tests 2 and 3.
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signature_holds(key, b"\x72", signature)
    assert not signature_holds(key, b"\x73", signature)
    assert not signature_holds(key, b"\x72", signature[:-2] + "01")
    assert not signature_holds(key, b"\x72", "zz")
