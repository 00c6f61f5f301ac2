"""How long an account keeps its trail: what is older and sealed is purged, and that is an entry itself."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select

from models.account import LEAST_DAYS, Account
from models.audit import Action, AuditEntry, AuditPersonal, acting_in, record
from models.base import db, now
from models.seal import SealedEntry, first_id

AT_ONCE = 1_000


def purge_trail(account: Account) -> int:
    """Remove what is older than the account keeps, at most a thousand entries; returns how many. Their hashes stay in the seals."""
    before = now() - timedelta(days=account.audit_retention_days)
    removed = remove_expired(account.id, before)
    if removed:
        with acting_in(account.id):
            record(Action.TRAIL_PURGED, values={"before": before.isoformat(timespec="seconds"), "entries": removed})
    return removed


def purge_remains(account_id: uuid.UUID, days: int) -> int:
    """The same for an account that was deleted. Nobody is left to read that it was done, so it is no entry."""
    return remove_expired(account_id, now() - timedelta(days=max(days, LEAST_DAYS)))


def remove_expired(account_id: uuid.UUID, before: datetime) -> int:
    expired = expired_entries(account_id, before)
    if expired:
        db.session.execute(delete(AuditPersonal).where(AuditPersonal.entry_id.in_(expired)))
        db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_(expired)))
    return len(expired)


def expired_entries(account_id: uuid.UUID, before: datetime) -> list[uuid.UUID]:
    """Sealed entries from before this moment, the oldest first."""
    sealed = exists().where(SealedEntry.entry_id == AuditEntry.id)
    # Ids tell the time too, and are what the trail can be looked through by.
    old = (AuditEntry.account_id == account_id, AuditEntry.id < first_id(before), AuditEntry.at < before)
    return list(db.session.scalars(select(AuditEntry.id).where(*old, sealed).order_by(AuditEntry.id).limit(AT_ONCE)))
