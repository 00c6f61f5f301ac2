"""Whoever has the database drops its triggers and writes what they like: against a seal that was noted before, it is found and named."""

from __future__ import annotations

import uuid
from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Uuid, bindparam, delete, insert, text
from sqlalchemy.exc import DBAPIError

from models.audit.purge import AuditPurge
from models.audit.recorder import Action, AuditEntry, AuditPersonal, record
from models.audit.seal import AuditSeal, SealedEntry, stored_log
from models.audit.verify_audit import AuditLog, Unreadable, Verdict, verify
from models.database.base import UTCDateTime, db, new_id, now, rows_changed, table_of
from tests.models.audit.test_seal import busy, noted, seal_now  # noqa: F401 (a fixture)
from tests.models.forger import TAMPERINGS, names_it, rehash

TABLES = [table_of(model) for model in (AuditPurge, SealedEntry, AuditSeal, AuditPersonal, AuditEntry)]


def disarm() -> None:
    """Drop the triggers that keep the trail, as whoever owns the database can."""
    if db.engine.dialect.name == "postgresql":
        for table in TABLES:
            db.session.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        return
    named = ", ".join(f"'{table.name}'" for table in TABLES)
    for name in db.session.scalars(
        text(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({named})")
    ):
        db.session.execute(text(f"DROP TRIGGER {name}"))


def put_back(trail: AuditLog) -> None:
    """Let the database hold this trail and nothing else."""
    disarm()
    for table in TABLES:
        db.session.execute(delete(table))
    fill(AuditEntry, trail.entries.values())
    personal = (
        {"entry_id": id_, "account_id": trail.account_id, "salt": each["salt"], **each["values"]}
        for id_, each in trail.personal.items()
    )
    fill(AuditPersonal, personal)
    fill(AuditSeal, ({**vars(seal), "entries": len(seal.members)} for seal in trail.seals))
    fill(
        SealedEntry,
        (
            {"account_id": seal.account_id, "number": seal.number, "place": place, **vars(member)}
            for seal in trail.seals
            for place, member in enumerate(seal.members)
        ),
    )
    fill(AuditPurge, [{**vars(trail.purge), "number": 1}] if trail.purge else [])
    db.session.expunge_all()


def fill(model, facts) -> None:
    table = table_of(model)
    if rows := [
        {column.name: stored(column, each[column.name]) for column in table.columns if column.name in each}
        for each in facts
    ]:
        db.session.execute(insert(table), rows)


def stored(column, value):
    if value is None:
        return None
    if isinstance(column.type, Uuid):
        return uuid.UUID(value)
    return datetime.fromisoformat(value) if isinstance(column.type, UTCDateTime) else value


def order_of(trail: AuditLog) -> list[str]:
    return [member.entry_id for seal in trail.seals for member in seal.members]


@pytest.mark.asvs("11.4.3")
@pytest.mark.slow
def test_tamperings_with_the_database_are_each_found_and_named(busy, thorough):  # noqa: F811
    seal, untouched, tried = noted(busy), stored_log(busy), Counter[str]()
    for seed in range(200 if thorough else 60):
        dice, trail = Random(seed), deepcopy(untouched)
        tamper, order = dice.choice(TAMPERINGS), order_of(trail)
        touched = tamper(trail, dice)
        rehash(trail)
        put_back(trail)

        found = verify(stored_log(busy), seal)

        tried[tamper.__name__] += 1
        assert found.verdict is Verdict.WRONG, (seed, tamper.__name__, found)
        assert names_it(found, touched, order), (seed, tamper.__name__, touched, found)
        db.session.rollback()
    assert verify(stored_log(busy), seal).intact, "every one was taken back"
    assert len(tried) == len(TAMPERINGS)
    assert min(tried.values()) >= (10 if thorough else 4)


ONE_ROW = {
    "UPDATE audit_entry SET outcome = 'failed' WHERE id = :id": "Entry {id} was changed",
    "DELETE FROM audit_entry WHERE id = :id": "Entry {id} is missing",
    "UPDATE audit_sealed SET entry_hash = '{zeros}' WHERE entry_id = :id": "Entry {id} was changed",
    "UPDATE audit_sealed SET entry_hash = 'none' WHERE entry_id = :id": "Seal 2 was changed",
    "DELETE FROM audit_sealed WHERE entry_id = :id": "after entry {before}",
    "UPDATE audit_seal SET until = :later WHERE number = 2": "seal 2",
    "UPDATE audit_seal SET entries = 1, previous = '{zeros}' WHERE number = 2": "seal 2",
    "UPDATE audit_entry SET account_id = :other WHERE id = :id": "Entry {id} is missing",
    "UPDATE audit_entry SET id = :other WHERE id = :id": "Entry {id} is missing",
    "UPDATE audit_entry SET at = :later WHERE id = :id": "Entry {id} was changed",
    "UPDATE audit_personal SET address = '203.0.113.0/24' WHERE entry_id = :id": "The personal part of entry {id} was changed",
}


@pytest.mark.parametrize("statement", ONE_ROW)
def test_one_statement_with_the_triggers_gone_is_found_and_named(busy, statement):  # noqa: F811
    seal, order = noted(busy), order_of(stored_log(busy))
    before, touched = order[13:15]
    named = {"id": stored(AuditEntry.id, touched), "other": new_id(), "later": now() + timedelta(days=1)}
    disarm()
    sql = text(statement.replace("{zeros}", "0" * 64))
    sql = sql.bindparams(*(bind(name, value) for name, value in named.items() if f":{name}" in statement))
    assert rows_changed(sql) == 1
    db.session.expunge_all()

    found = verify(stored_log(busy), seal)

    assert found.verdict is Verdict.WRONG
    assert ONE_ROW[statement].format(id=touched, before=before) in found.sentence, found.sentence


@pytest.mark.parametrize("column", ["at", "resources", "member_id"])
def test_what_no_entry_can_hold_is_named_where_a_database_takes_it(busy, column, database):  # noqa: F811
    touched = uuid.UUID(order_of(stored_log(busy))[4])
    disarm()
    nonsense = text(f"UPDATE audit_entry SET {column} = 'x' WHERE id = :id"), {"id": touched.hex}
    if database == "postgres":
        with pytest.raises(DBAPIError):
            db.session.execute(*nonsense)
        db.session.rollback()
        return
    db.session.execute(*nonsense)
    db.session.expunge_all()

    with pytest.raises(Unreadable, match=f"Entry {touched.hex} was changed"):
        stored_log(busy)


def bind(name, value):
    return bindparam(name, value, type_=Uuid() if isinstance(value, uuid.UUID) else UTCDateTime())


@pytest.mark.parametrize("since", [1, 2, 3])
def test_what_was_changed_and_then_sealed_anew_by_the_server_itself_is_not_what_was_noted(busy, since):  # noqa: F811
    """The server signs what it finds: who takes seals away has it sign another trail, but not the one that was noted."""
    seal = noted(busy)
    disarm()
    db.session.execute(text("DELETE FROM audit_sealed WHERE number >= :since"), {"since": since})
    db.session.execute(text("DELETE FROM audit_seal WHERE number >= :since"), {"since": since})
    last = max(stored_log(busy).entries)
    forged = stored_log(busy)
    forged.entries[last]["outcome"] = "refused"
    rehash(forged)
    put_back(forged)
    db.session.commit()
    assert seal_now(busy) is not None
    assert verify(stored_log(busy)).intact, "it is consistent in itself"

    found = verify(stored_log(busy), seal)

    assert found.verdict is Verdict.WRONG
    assert "The noted seal is not in this audit log" in found.sentence


def test_what_came_after_the_noted_seal_is_vouched_for_by_the_key(busy):  # noqa: F811
    seal = noted(busy)
    for _ in range(4):
        record(Action.AUDIT_READ)
    db.session.commit()
    seal_now(busy)
    trail = stored_log(busy)
    touched = trail.seals[3].members[2].entry_id
    trail.entries[touched]["outcome"] = "refused"
    rehash(trail)
    put_back(trail)

    found = verify(stored_log(busy), seal)

    assert touched in found.sentence


def test_who_has_another_key_cannot_go_on_after_the_noted_seal(busy, monkeypatch):  # noqa: F811
    seal = noted(busy)
    monkeypatch.setattr("models.secrets._server_key", b"another SECRET_KEY, of another server")
    record(Action.AUDIT_READ)
    db.session.commit()
    seal_now(busy)

    found = verify(stored_log(busy), seal)

    assert found.verdict is Verdict.WRONG
    assert "Seal 4" in found.sentence
    assert "another SECRET_KEY" in found.sentence
    assert verify(stored_log(busy), noted(busy)).intact, "a seal that is noted then proves everything up to it"


def test_personal_parts_that_are_gone_are_counted_and_listed(busy):  # noqa: F811
    seal, ids = noted(busy), sorted(stored_log(busy).entries)
    db.session.execute(delete(AuditPersonal).where(AuditPersonal.entry_id.in_([uuid.UUID(id_) for id_ in ids[4:7]])))
    db.session.commit()

    found = verify(stored_log(busy), seal)

    assert found.intact
    assert f"3 entries (the first is {ids[4]}) have no personal part" in found.sentence
    assert found.notes["without its personal part"] == ids[4:7]


def test_an_entry_from_the_future_is_refused_sealed_or_not(busy):  # noqa: F811
    seal = noted(busy)
    trail = stored_log(busy)
    at = now() + timedelta(hours=2)
    forged = {**trail.entries[min(trail.entries)], "id": str(new_id(at)), "at": at.isoformat(timespec="microseconds")}
    trail.entries[forged["id"]] = forged
    rehash(trail)
    put_back(trail)

    assert f"Entry {forged['id']} was inserted: its time" in verify(stored_log(busy), seal).sentence


def test_the_databases_refuse_to_change_what_was_said_of_a_purge(busy):  # noqa: F811
    seal = AuditSeal.last(busy)
    facts = {
        "account_id": busy,
        "number": 1,
        "at": now(),
        "before": now(),
        "seal": seal.number,
        "seal_hash": seal.seal_hash,
        "place": 0,
        "entry_id": new_id(),
        "entries": 1,
        "public_key": "",
        "signature": "",
    }
    db.session.execute(insert(table_of(AuditPurge)), facts)
    db.session.commit()
    for statement in ("UPDATE audit_purge SET entries = 2", "DELETE FROM audit_purge"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()
