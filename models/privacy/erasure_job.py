"""Carrying out one deletion: in bounded transactions, continued after an interruption, by one worker at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import delete, func, select

from models.accounts import Account
from models.audit import Action, AuditPersonal, record
from models.database import Lease, db, in_account, now, rows_changed, table_of, writing
from models.mail import Kind, Message
from models.privacy.account_deletion import owners_of
from models.privacy.erasure import Erasure
from models.privacy.erasure_apps import forget_apps
from models.privacy.erasure_rows import count_rows, delete_some, tables
from models.privacy.person_deletion import forget_in_entries, forget_members, next_entries

# A worker that has not reported for this long has ended.
LASTS = Erasure.LONGEST
PEOPLE_AT_ONCE = 50
# Mail about a finished deletion: the last data about its reader.
DELETION_MAIL = (Kind.ACCOUNT_DELETED, Kind.SIGN_IN_DELETED)


class Interrupted(Exception):
    """The worker was asked to stop, or another one has this deletion."""


@dataclass
class Erasing:
    """A deletion in progress, and our lease on it."""

    id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    account_ids: list[uuid.UUID]
    connection_ids: frozenset[uuid.UUID]
    lease: Lease
    stopping: Callable[[], bool]

    @classmethod
    def due(cls) -> list[uuid.UUID]:
        """The deletions that should run now."""
        free = select(Erasure.id).where(Erasure.is_free(), Erasure.due_at <= now())
        return list(db.session.scalars(free.order_by(Erasure.due_at, Erasure.id)))

    @classmethod
    def take(cls, erasure_id: uuid.UUID, stopping: Callable[[], bool]) -> Self | None:
        """Begin, or continue after another worker; None if another worker has it or it was cancelled.

        After this it cannot be cancelled.
        """
        begun = func.coalesce(Erasure.begun_at, now())
        lease = Lease.take(Erasure, erasure_id, LASTS, Erasure.due_at <= now(), begun_at=begun)
        if lease is None:
            return None
        found = db.session.get_one(Erasure, erasure_id, populate_existing=True)
        accounts = [uuid.UUID(id_) for id_ in found.account_ids]
        connections = frozenset(uuid.UUID(id_) for id_ in found.connection_ids)
        return cls(found.id, found.kind, found.subject_id, accounts, connections, lease, stopping)

    def execute(self) -> None:
        """Delete everything; raises `Interrupted` if it cannot be finished now."""
        if self.kind == "account":
            with in_account(self.subject_id):
                self._account(self.subject_id)
            return
        for account_id in self.account_ids:
            with in_account(account_id):
                self._person_in(account_id)
        with writing():
            forget_apps()
            self._go_on(0, finished_at=now())

    def _account(self, account_id: uuid.UUID) -> None:
        with writing():
            self._go_on(0, total=count_rows(account_id) + Erasure.done)
        for table in tables():
            while self._batch(lambda table=table: delete_some(table, account_id)):  # type: ignore[misc]
                pass
        while self._batch(lambda: forget_members(account_id, PEOPLE_AT_ONCE, owners_too=False)):
            pass
        self._end_account(account_id)

    def _batch(self, delete_part: Callable[[], int]) -> int:
        if self.stopping():
            raise Interrupted
        with writing():
            deleted = delete_part()
            self._go_on(deleted)
        return deleted

    def _end_account(self, account_id: uuid.UUID) -> None:
        """The last step, in one transaction: notify the Owners, and delete the account with people and apps that have no other."""
        with writing():
            # Somebody who signed in during the deletion has left personal data in the audit log.
            while delete_some(table_of(AuditPersonal), account_id):
                pass
            addresses = [owner.user.email for owner in owners_of(account_id)]
            while forget_members(account_id, PEOPLE_AT_ONCE, owners_too=True):
                pass
            db.session.execute(delete(Account).where(Account.id == account_id))
            forget_apps()
            record(Action.ACCOUNT_DELETED, ("account", account_id))
            for address in addresses:
                Message.post(Kind.ACCOUNT_DELETED, address, self.id)
            self._go_on(0, finished_at=now())

    def _person_in(self, account_id: uuid.UUID) -> None:
        last: uuid.UUID | None = uuid.UUID(int=0)
        while last is not None:
            if self.stopping():
                raise Interrupted
            with writing():
                ids, last = next_entries(self.subject_id, account_id, last, self.connection_ids)
                self._go_on(forget_in_entries(ids))

    def _go_on(self, deleted: int, **more: Any) -> None:
        """Record the progress in the current transaction; raises `Interrupted` if the lease was lost."""
        if not self.lease.renew(LASTS, done=Erasure.done + deleted, **more):
            raise Interrupted


def forget_deletion_mail() -> int:
    """Delete mail about finished deletions, once it was sent or has failed; returns how many there were."""
    settled = delete(Message).where(Message.kind.in_(DELETION_MAIL), Message.state != "waiting")
    return rows_changed(settled)
