"""The first change and the first deletion of an app."""

from __future__ import annotations

import uuid

from sqlalchemy import Text, cast, select, update

from models.alarms.alarm import Alarm
from models.audit import Action, AuditEntry, Outcome
from models.connections import ConnectionUse, Tripwire
from models.database import db, table_of

DELETED = ".deleted"
"""The end of the actions that delete something."""
entries = table_of(AuditEntry).c
steps = cast(entries.steps, Text)
FIRST_TIMES = {
    Tripwire.FIRST_CHANGE: ("changed", steps != "[]"),
    Tripwire.FIRST_DELETION: ("deleted", steps.contains(DELETED)),
}


def check_first_time(connection_id: uuid.UUID, tripwire: Tripwire) -> Alarm | None:
    """Note that the app did this, and raise the alarm if the audit log has none before; in the current transaction."""
    flag, done = FIRST_TIMES[tripwire]
    own = update(ConnectionUse).where(ConnectionUse.connection_id == connection_id)
    db.session.execute(own.values({flag: True}))
    # An app that was connected before there were alarms may have done it long ago.
    before = select(entries.id).where(
        entries.connection_id == connection_id,
        entries.action == Action.TOOL_CALLED,
        entries.outcome == Outcome.ALLOWED,
        done,
    )
    return None if db.session.scalar(before.limit(1)) else Alarm.sound(connection_id, tripwire)
