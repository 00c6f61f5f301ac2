"""Making an export: by one worker at a time, read as of one moment, and written piece by piece."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from models.accounts import DataExport, DataExportPiece, Member
from models.accounts.data_export import KEPT
from models.audit import Action, Outcome, record
from models.database import Lease, begin_writing, db, now, only_reading, rows_changed, writing
from models.mail import Kind
from models.permissions import Permission
from models.privacy.export_archive import Made, count_all, write_archive
from models.request_scope import current_scope

ATTEMPTS = 5
# A worker that has not reported for this long has ended; a piece takes it a second at most.
LASTS = DataExport.LONGEST
PIECES_AT_ONCE = 40


class Interrupted(Exception):
    """It cannot be finished now: the worker was asked to stop, or another one has it."""


@dataclass
class Making:
    """One attempt at one export, in its account."""

    export_id: uuid.UUID
    account_id: uuid.UUID
    attempt: int
    """Counted from 1."""
    lease: Lease
    pieces: int = 0
    done: int = 0
    total: int = 0

    @classmethod
    def due(cls) -> list[uuid.UUID]:
        """The exports to make now, the oldest request first."""
        free = select(DataExport.id).where(DataExport.is_free())
        return list(db.session.scalars(free.order_by(DataExport.asked_at, DataExport.id)))

    @classmethod
    def take(cls, export_id: uuid.UUID) -> Self | None:
        """Lease an export that is due; None if another worker has it, or it is finished."""
        begun = {"state": "making", "attempts": DataExport.attempts + 1, "done": 0}
        lease = Lease.take(DataExport, export_id, LASTS, **begun)
        if lease is None:
            return None
        found = select(DataExport.account_id, DataExport.attempts).where(DataExport.id == export_id)
        account_id, attempt = db.session.execute(found).one()
        return cls(export_id, account_id, attempt, lease)

    def make(self, server: str, stopping: Callable[[], bool]) -> None:
        """Write the file and notify its Owner by mail; failures are tried again later, five times in all."""
        # Pieces of an earlier attempt.
        drop_pieces(self.account_id, self.export_id)
        with writing():
            DataExport.start_after_deletions(self.account_id)
            self.lease.change(outdated_at=None)
            self.total = count_all(self.account_id)
            self.lease.change(total=self.total)
        with only_reading():
            size = self._write(server, stopping)
        with writing():
            self._finish(size)

    def _write(self, server: str, stopping: Callable[[], bool]) -> int:
        read_as_of_now()
        reader = self._reader()
        if reader is None:
            raise Interrupted("the Owner who requested this export no longer has the permission")

        def keep(piece: bytes) -> None:
            if stopping():
                raise Interrupted("the worker was asked to stop")
            self._keep(piece)

        def advance(rows: int) -> None:
            self.done += rows

        size = write_archive(Made(reader, server), keep, advance)
        db.session.rollback()
        return size

    def _reader(self) -> Member | None:
        asked_by = select(DataExport.asked_by).where(DataExport.id == self.export_id).scalar_subquery()
        member = db.session.scalar(select(Member).where(Member.account_id == self.account_id, Member.id == asked_by))
        return member if member and member.may(Permission.MANAGE_DATA) else None

    def _keep(self, piece: bytes) -> None:
        with beside() as session:
            if not self.lease.renew(LASTS, session, done=min(self.done, self.total)):
                raise Interrupted("another worker has this export")
            session.add(
                DataExportPiece(account_id=self.account_id, export_id=self.export_id, number=self.pieces, content=piece)
            )
        self.pieces += 1

    def _finish(self, size: int) -> None:
        moment, complete = now(), DataExport.outdated_at.is_(None)
        ready = {"state": "ready", "size": size, "ready_at": moment, "expires_at": moment + KEPT, "claimed_until": None}
        if not rows_changed(self.lease.mine().where(complete).values(**ready)):
            # Somebody's data was deleted since the start, and may be in what was written.
            self.give_back()
            return
        earlier = update(DataExport).where(DataExport.account_id == self.account_id, DataExport.id != self.export_id)
        db.session.execute(earlier.where(DataExport.state == "ready").values(state="ended", expires_at=moment))
        record(Action.EXPORT_MADE, ("data_export", self.export_id))
        if reader := self._reader():
            reader.notify(Kind.EXPORT_READY, self.export_id)

    def give_back(self) -> None:
        """Leave it to a later attempt, or fail after the last one."""
        if self.attempt < ATTEMPTS:
            self.lease.release(state="waiting")
        elif self.lease.release(state="failed"):
            record(Action.EXPORT_FAILED, ("data_export", self.export_id), outcome=Outcome.FAILED)


def read_as_of_now() -> None:
    """This session now reads one snapshot, whatever is committed later."""
    db.session.rollback()
    # SQLite gives every transaction that; PostgreSQL has to be asked.
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


@contextmanager
def beside() -> Iterator[Session]:
    """A separate transaction that writes in the same account, while this thread's session continues reading."""
    session: Session = db.session.session_factory()
    with current_scope().transactions(reading=False), session, session.begin():
        yield session


def drop_pieces(account_id: uuid.UUID, export_id: uuid.UUID) -> None:
    """Remove the pieces of an export, a few at a time. Its account must be the current one."""
    this = (DataExportPiece.account_id == account_id, DataExportPiece.export_id == export_id)
    while True:
        begin_writing()
        first = list(db.session.scalars(select(DataExportPiece.number).where(*this).limit(PIECES_AT_ONCE)))
        if first:
            db.session.execute(delete(DataExportPiece).where(*this, DataExportPiece.number.in_(first)))
        db.session.commit()
        if not first:
            return


def kept_too_long() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Exports, with their accounts, whose pieces must be removed: those that have ended, failed, or hold data deleted since."""
    over = or_(DataExport.expires_at < now(), and_(DataExport.state == "ready", DataExport.outdated_at.is_not(None)))
    ready = select(DataExport.account_id, DataExport.id).where(DataExport.size > 0, over)
    failed = select(DataExport.account_id, DataExport.id).where(DataExport.state == "failed", DataExport.done > 0)
    return [(account_id, export_id) for account_id, export_id in db.session.execute(ready.union(failed))]


def forget(account_id: uuid.UUID, export_id: uuid.UUID) -> None:
    """Remove the pieces of an expired export, and record that."""
    drop_pieces(account_id, export_id)
    with writing():
        gone = update(DataExport).where(DataExport.id == export_id)
        ended = gone.where(DataExport.state == "ready").values(state="ended")
        db.session.execute(ended)
        db.session.execute(gone.values(size=0, done=0))
