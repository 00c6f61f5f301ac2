"""How long an account keeps its trail: what is older and sealed is purged, which this server signs, and that is an entry itself."""

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


def purge_trail(account: Account) -> int:
    """Remove what is older than the account keeps, at most a thousand entries; returns how many. Their hashes stay in the seals."""
    before = now() - timedelta(days=account.audit_retention_days)
    removed = remove_expired(account.id, before)
    if removed:
        with in_account(account.id):
            record(Action.TRAIL_PURGED, values={"before": before.isoformat(timespec="seconds"), "entries": removed})
    return removed


def purge_remains(account_id: uuid.UUID, days: int) -> int:
    """The same for an account that was deleted. Nobody is left to read that it was done, so it is no entry."""
    return remove_expired(account_id, now() - timedelta(days=max(days, LEAST_DAYS)))


def remove_expired(account_id: uuid.UUID, before: datetime) -> int:
    sealed = expired_entries(account_id, before)
    if not sealed:
        return 0
    ids = [row.entry_id for row in sealed]
    db.session.execute(delete(AuditPersonal).where(AuditPersonal.entry_id.in_(ids)))
    removed = rows_changed(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
    last = sealed[-1]
    # Only keys that seals have vouch for a purge.
    seal_with_new_key(account_id)
    sign_for(account_id, before, (last.number, last.seal_hash), last.place, last.entry_id, removed)
    return len(sealed)


def expired_entries(account_id: uuid.UUID, before: datetime) -> list[Any]:
    """What follows the last purge in the seals and is from before this moment, whether it is still there or not."""
    last = AuditPurge.last(account_id)
    columns = (SealedEntry.entry_id, SealedEntry.number, SealedEntry.place, AuditSeal.seal_hash, AuditEntry.at)
    statement = select(*columns).join(AuditSeal).join(AuditEntry, AuditEntry.id == SealedEntry.entry_id, isouter=True)
    statement = statement.where(SealedEntry.account_id == account_id)
    if last:
        statement = statement.where(tuple_(SealedEntry.number, SealedEntry.place) > (last.seal, last.place))
    rows: Sequence[Any] = db.session.execute(
        statement.order_by(SealedEntry.number, SealedEntry.place).limit(AT_ONCE)
    ).all()
    # Ids tell the time too, and are what the seals vouch for.
    return list(takewhile(lambda row: row.entry_id < first_id(before) and (row.at is None or row.at < before), rows))
