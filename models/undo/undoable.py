"""Which changes are to be taken back: those of one entry of the audit log, or all of a connection since a moment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import ColumnElement, func, select

from models.audit import AuditEntry, BeforeImage, Outcome, first_id
from models.connections import Connection
from models.database import db, now, shared_now
from models.request_scope import current_scope

MOST_CALLS = 1_000
MOST_ROWS = 5_000
"""How many calls, and rows that they changed, are taken back in one step. One call is one step, however many rows it changed."""


@dataclass(frozen=True)
class Changes:
    """Changes that can be taken back together, newest first."""

    account_id: uuid.UUID
    images: Sequence[BeforeImage]
    connection_id: uuid.UUID | None
    """The connection whose app made them; None for a member's own."""
    oldest: uuid.UUID | None = None
    """The entry of the oldest call, if there are older ones that do not fit into one step."""

    @property
    def numbers(self) -> set[int]:
        """The numbers of their images."""
        return {image.number for image in self.images}

    @property
    def entry_ids(self) -> set[uuid.UUID]:
        """The entries that tell of them."""
        return {image.entry_id for image in self.images}


def rows_of_entry(entry: AuditEntry, most: int) -> int:
    """How many rows this entry changed of which something is kept, counted up to `most`."""
    kept = BeforeImage.account_id == entry.account_id, BeforeImage.entry_id == entry.id, ~BeforeImage.is_over(now())
    return (
        db.session.scalar(
            select(func.count()).select_from(select(BeforeImage.number).where(*kept).limit(most).subquery())
        )
        or 0
    )


def changes_of_entry(entry: AuditEntry) -> Changes:
    """What this entry changed; nothing if it changed nothing, if its thirty days are over, or if it was erased."""
    of_entry = BeforeImage.entry_id == entry.id
    return Changes(entry.account_id, images(entry.account_id, of_entry), entry.connection_id)


def has_changes(connection: Connection) -> bool:
    """Whether its app changed anything that can be taken back."""
    mine = BeforeImage.account_id == connection.account_id, BeforeImage.connection_id == connection.id
    return db.session.scalar(select(BeforeImage.number).where(*mine, ~BeforeImage.is_over(now())).limit(1)) is not None


def changes_since(connection: Connection, since: datetime, before: uuid.UUID | None = None) -> Changes:
    """What the app of this connection changed since then, and before the call of that entry: the newest calls that fit into one step."""
    mine = BeforeImage.connection_id == connection.id, BeforeImage.entry_id >= first_id(since)
    here = BeforeImage.account_id == connection.account_id, ~BeforeImage.is_over(now())
    # What a person took back has its own entry under the connection, and is not the app's doing.
    by_app = select(AuditEntry.id).where(AuditEntry.id == BeforeImage.entry_id, AuditEntry.tool.is_not(None)).exists()
    calls = select(BeforeImage.entry_id, func.count()).where(*here, *mine, by_app).group_by(BeforeImage.entry_id)
    if before is not None:
        calls = calls.where(BeforeImage.entry_id < before)
    newest = db.session.execute(calls.order_by(BeforeImage.entry_id.desc()).limit(MOST_CALLS + 1)).all()
    in_all = accumulate(rows for _id, rows in newest)
    fit = [id_ for (id_, _rows), rows in zip(newest[:MOST_CALLS], in_all, strict=False) if rows <= MOST_ROWS]
    ids = fit or [id_ for id_, _rows in newest[:1]]
    kept = images(connection.account_id, BeforeImage.entry_id.in_(ids))
    return Changes(connection.account_id, kept, connection.id, ids[-1] if len(ids) < len(newest) else None)


def images(account_id: uuid.UUID, wanted: ColumnElement[bool]) -> Sequence[BeforeImage]:
    kept = BeforeImage.account_id == account_id, wanted, ~BeforeImage.is_over(now())
    return db.session.scalars(select(BeforeImage).where(*kept).order_by(BeforeImage.number.desc())).all()


def entry_of_request() -> uuid.UUID | None:
    """The entry of the change that this request has just made, if it can be taken back."""
    actor = current_scope().actor
    if actor.account_id is None or actor.request_id is None:
        return None
    of_request = AuditEntry.id == BeforeImage.entry_id, AuditEntry.request_id == actor.request_id
    # No request takes longer, and the index finds these.
    recent = first_id(shared_now() - timedelta(minutes=10))
    found = select(BeforeImage.entry_id).join(AuditEntry, AuditEntry.id == BeforeImage.entry_id)
    found = found.where(BeforeImage.account_id == actor.account_id, BeforeImage.entry_id >= recent, *of_request)
    return db.session.scalar(found.where(AuditEntry.outcome == Outcome.ALLOWED).limit(1))
