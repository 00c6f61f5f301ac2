"""Retention of the audit log: older, sealed entries are purged. This server signs each purge, and the log records it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import delete, select, tuple_

from models.accounts import LEAST_DAYS, Account
from models.audit import (
    Action,
    AuditEntry,
    AuditPersonal,
    AuditPurge,
    AuditSeal,
    SealedEntry,
    first_id,
    record,
    seal_with_new_key,
    sign_for,
)
from models.database import db, in_account, now, rows_changed

AT_ONCE = 1_000


def purge_log(account: Account) -> int:
    """Remove at most a thousand entries older than the retention; returns how many. Their hashes stay in the seals."""
    before = now() - timedelta(days=account.audit_retention_days)
    removed = remove_expired(account.id, before)
    if removed:
        with in_account(account.id):
            record(Action.AUDIT_PURGED, values={"before": before.isoformat(timespec="seconds"), "entries": removed})
    return removed


def purge_remains(account_id: uuid.UUID, days: int) -> int:
    """The same for a deleted account. Nobody is left to read about it, so the log does not record it."""
    return remove_expired(account_id, now() - timedelta(days=max(days, LEAST_DAYS)))


def remove_expired(account_id: uuid.UUID, before: datetime) -> int:
    sealed = expired_entries(account_id, before)
    if not sealed:
        return 0
    ids = [row.entry_id for row in sealed]
    db.session.execute(delete(AuditPersonal).where(AuditPersonal.entry_id.in_(ids)))
    removed = rows_changed(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
    last = sealed[-1]
    # A purge needs a key that the seals vouch for.
    seal_with_new_key(account_id)
    sign_for(account_id, before, (last.number, last.seal_hash), last.place, last.entry_id, removed)
    return len(sealed)


def expired_entries(account_id: uuid.UUID, before: datetime) -> list[Any]:
    """The sealed entries after the last purge and before this time, whether or not they still exist."""
    last = AuditPurge.last(account_id)
    columns = (SealedEntry.entry_id, SealedEntry.number, SealedEntry.place, AuditSeal.seal_hash, AuditEntry.at)
    statement = select(*columns).join(AuditSeal).join(AuditEntry, AuditEntry.id == SealedEntry.entry_id, isouter=True)
    statement = statement.where(SealedEntry.account_id == account_id)
    if last:
        statement = statement.where(tuple_(SealedEntry.number, SealedEntry.place) > (last.seal, last.place))
    rows: Sequence[Any] = db.session.execute(
        statement.order_by(SealedEntry.number, SealedEntry.place).limit(AT_ONCE)
    ).all()
    # Ids contain the time too, and the seals vouch for them.
    return list(takewhile(lambda row: row.entry_id < first_id(before) and (row.at is None or row.at < before), rows))
