"""How long an account keeps its trail: what is older and sealed is purged, and that is an entry itself."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import delete, exists, select

from models.account import Account
from models.audit import Action, AuditEntry, AuditPersonal, acting_in, record
from models.base import db, now
from models.seal import SealedEntry

LEAST_DAYS, MOST_DAYS = 30, 3_650
AT_ONCE = 1_000


def purge_trail(account: Account) -> int:
    """Remove what is older than the account keeps, at most a thousand entries; returns how many. Their hashes stay in the seals."""
    before = now() - timedelta(days=account.audit_retention_days)
    expired = expired_entries(account.id, before)
    if expired:
        db.session.execute(delete(AuditPersonal).where(AuditPersonal.entry_id.in_(expired)))
        db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_(expired)))
        with acting_in(account.id):
            record(
                Action.TRAIL_PURGED, values={"before": before.isoformat(timespec="seconds"), "entries": len(expired)}
            )
    return len(expired)


def expired_entries(account_id: uuid.UUID, before: object) -> list[uuid.UUID]:
    """Sealed entries from before this moment, the oldest first."""
    sealed = exists().where(SealedEntry.entry_id == AuditEntry.id)
    statement = select(AuditEntry.id).where(AuditEntry.account_id == account_id, AuditEntry.at < before, sealed)
    return list(db.session.scalars(statement.order_by(AuditEntry.id).limit(AT_ONCE)))
