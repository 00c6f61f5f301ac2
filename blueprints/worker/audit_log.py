"""The audit trail is sealed here every few minutes, and once a day what its accounts no longer keep is removed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from blueprints.worker.jobs import every, stopping
from models.accounts import Account
from models.audit import AuditSeal, accounts_to_seal, has_unsealed_entries, seal_next
from models.audit_log import purge_log, purge_remains
from models.database import db, now, only_reading, shared_now, writing
from models.privacy import Erasure

Found = TypeVar("Found")

# No transaction is open for so long: what is older than that before a seal was seen when its time came.
LATE = timedelta(days=1)
JUMP = timedelta(minutes=1)
log = logging.getLogger("profile.audit")


class Clock:
    """Notices that the machine's clock was set, by the clock that nobody sets."""

    def __init__(self) -> None:
        self.began = self.difference()

    def jumped(self) -> bool:
        """Whether the clock went forward by more than a minute since this was asked last."""
        before, self.began = self.began, self.difference()
        return self.began - before > JUMP

    @staticmethod
    def difference() -> timedelta:
        return now() - datetime.fromtimestamp(0, UTC) - timedelta(seconds=monotonic())


clock = Clock()


@every(600)
def seal_trails() -> None:
    """Seal what has happened of late, with everything since the last seal."""
    if clock.jumped():
        # A seal over a time that has not come would make everything written until then look inserted.
        log.error("the clock of this machine jumped: audit logs are sealed when it has been steady for a while")
        return
    since = shared_now() - LATE
    for account_id in looked_up(lambda: accounts_to_seal(since)):
        seal(account_id, lambda account_id=account_id: from_last_seal(account_id))  # type: ignore[misc]


@every(86_400)
def tidy_trails() -> None:
    """Seal whatever was left open, and remove entries whose retention is over; also of accounts that were deleted."""
    for account_id in looked_up(lambda: list(db.session.scalars(select(Account.id)))):
        seal_rest(account_id)
        remove(lambda account_id=account_id: purge(account_id))  # type: ignore[misc]
    for account_id, days in looked_up(Erasure.deleted_accounts):
        seal_rest(account_id)
        remove(lambda account_id=account_id, days=days: purge_remains(account_id, days))  # type: ignore[misc]


def seal_rest(account_id: uuid.UUID) -> None:
    # Looking through a long trail takes seconds, in which nobody need wait to write.
    if looked_up(lambda: has_unsealed_entries(account_id)):
        seal(account_id)


def seal(account_id: uuid.UUID, since: Callable[[], datetime | None] = lambda: None) -> None:
    """Seal after seal, the oldest entries first, each in a transaction of its own."""
    try:
        in_parts(lambda: seal_next(account_id, since=since()) is not None)
    except IntegrityError:
        # Another worker has just made the seal of this number: what is open still, it seals too.
        db.session.rollback()


def from_last_seal(account_id: uuid.UUID) -> datetime | None:
    """From when on entries may be open: a seal covers all time before it, so nothing is left out on the way to the newest."""
    last = AuditSeal.last(account_id)
    if last and last.until > (moment := shared_now()):
        behind = {"account": str(account_id), "seconds": round((last.until - moment).total_seconds())}
        log.error(
            "the clock is behind the newest seal of an audit log: what is written now will look inserted", extra=behind
        )
    return last.until - LATE if last else None


def purge(account_id: uuid.UUID) -> int:
    account = db.session.get(Account, account_id)
    return purge_log(account) if account else 0


def remove(some: Callable[[], int]) -> None:
    try:
        in_parts(some)
    except IntegrityError:
        # Another worker has just signed for the same entries.
        db.session.rollback()


def in_parts(work: Callable[[], int]) -> None:
    """Do this until nothing is left to do, or this worker ends; each time in a transaction of its own."""
    more = True
    while more and not stopping.is_set():
        with writing():
            more = bool(work())


def looked_up(find: Callable[[], Found]) -> Found:
    """What this finds, without keeping anybody from writing."""
    with only_reading():
        db.session.rollback()
        found = find()
        db.session.rollback()
    return found
