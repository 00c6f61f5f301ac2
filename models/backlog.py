"""What waits for the worker, in all accounts together: how much, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from models.accounts import DataExport
from models.audit import oldest_without_seal
from models.database import Leased, now
from models.debriefs import DebriefRequest
from models.mail import Message
from models.privacy import Erasure

KINDS: dict[str, tuple[type[Leased], Any]] = {
    "mail": (Message, Message.due_at),
    "debrief": (DebriefRequest, DebriefRequest.due_at),
    "data_export": (DataExport, DataExport.asked_at),
    "deletion": (Erasure, Erasure.due_at),
}
LOOKED_BACK = timedelta(days=1)
"""As far as the worker looks for entries to seal, except for once a day."""


@dataclass(frozen=True)
class Backlog:
    """What should have been done by now."""

    number: dict[str, int]
    age: dict[str, float]
    """Seconds for which the first of each kind has been due."""
    unsealed: float
    """Seconds since the oldest entry of an audit log that has no seal, of the last day."""


def backlog(connection: Connection) -> Backlog:
    """What is due and not done."""
    moment, number, age = now(), {}, {}
    for kind, (model, due_at) in KINDS.items():
        due = select(func.count(), func.min(due_at)).where(model.is_unfinished(), due_at <= moment)
        number[kind], oldest = connection.execute(due).one()
        age[kind] = since(oldest)
    return Backlog(number, age, since(oldest_without_seal(connection, moment - LOOKED_BACK)))


def since(moment: datetime | None) -> float:
    return 0.0 if moment is None else (now() - moment).total_seconds()
