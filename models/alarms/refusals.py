"""A burst of refusals: an app that tries again and again what it may not do."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import func, or_, select

from models.audit import Action, AuditEntry, Outcome, first_id
from models.database import db, now, table_of

WITHIN = timedelta(minutes=10)
BURST = 20
# Not what an app runs into although it does what it was asked to: wrong inputs, limits of speed, a pause, a person's answer.
PROBING = ("scope", "role", "policy_scope", "read_only", "not_allowed", "unknown_tool")
GUESSING = "not_found"
entries = table_of(AuditEntry).c


def refusal_bursts() -> list[tuple[uuid.UUID, int]]:
    """The connections, of all accounts, with many refused calls in the last minutes, and how many."""
    probing = (entries.outcome == Outcome.REFUSED) & entries.reason.in_(PROBING)
    guessing = (entries.outcome == Outcome.FAILED) & (entries.reason == GUESSING)
    calls = select(entries.connection_id, func.count()).where(
        entries.id >= first_id(now() - WITHIN), entries.action == Action.TOOL_CALLED, or_(probing, guessing)
    )
    many = calls.group_by(entries.connection_id).having(func.count() >= BURST)
    return [(id_, number) for id_, number in db.session.execute(many) if id_ is not None]
