"""Deleting everything in an account, a limited number of rows at a time, including tables added later."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import Table, delete, func, select, tuple_

from models.database import Base, db, rows_changed

AT_ONCE = 1_000
# One piece of an export has a quarter of a megabyte.
FEWER = {"data_export_piece": 40}

STAYS = {
    "audit_entry": "The audit log is append-only. What is left of it holds ids and enumerated words, and ends with its retention.",
    "audit_seal": "Hashes and signatures, so that the audit log can still be verified.",
    "audit_sealed": "Hashes and signatures, so that the audit log can still be verified.",
    "audit_purge": "The signed position of the last purged entry: without it, the log would seem incomplete.",
    "member": "Emptied last, a person at a time: who belongs to nothing else is deleted too (models/privacy/person_deletion.py).",
    "login_session": "Being signed in belongs to the person. Which account they looked at is forgotten with the account.",
}
"""Tables with an account id that are not simply emptied, and why."""


def tables() -> Iterator[Table]:
    """The tables to empty: every table with an account id, those that refer to others first."""
    for table in reversed(Base.metadata.sorted_tables):
        if "account_id" in table.c and table.name not in STAYS:
            yield table


def count_rows(account_id: uuid.UUID) -> int:
    """How many rows there are to delete."""
    return sum(
        db.session.scalar(select(func.count()).select_from(table).where(table.c.account_id == account_id)) or 0
        for table in tables()
    )


def delete_some(table: Table, account_id: uuid.UUID) -> int:
    """Delete up to this many of an account's rows; returns how many there were. Dependent rows of other tables are deleted too."""
    key, most = tuple(table.primary_key.columns), FEWER.get(table.name, AT_ONCE)
    some = select(*key).where(table.c.account_id == account_id).limit(most)
    return rows_changed(delete(table).where(table.c.account_id == account_id, tuple_(*key).in_(some)))
