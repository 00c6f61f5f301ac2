"""The lock that an account's apps share while they write. Removing access takes it alone: it waits until the writers inside are done.

Without it, a write was seen to commit after a revocation had been acknowledged. Sharing a lock on the connection's row
prevents that too, but it lets new writers pass the one who waits to change the row: 24 simultaneous writers kept a
revocation waiting for 205 seconds. Here later writers wait behind it.

One lock serves a whole account, since PostgreSQL has room for about 6,400 locks in all of its transactions together. It
also puts two Owners who change members at once in line.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select

from models.database.base import db
from models.database.prepared import Prepared

# Removing an app from thousands of accounts takes no more locks than this. Two accounts with the same lock would only
# sometimes wait for each other.
NUMBER = 1_024
# The keys of a second lock for each account, which is taken after rows and must not wait for the first.
DELETIONS = NUMBER

KEYS = func.unnest(bindparam("keys", type_=ARRAY(BigInteger))).column_valued("key")
SHARE = Prepared(select(func.pg_advisory_xact_lock_shared(KEYS)))
TAKE = Prepared(select(func.pg_advisory_xact_lock(KEYS)))


def share(account_id: uuid.UUID) -> None:
    """Call this before looking up what an app may do, in the transaction that writes: permissions stay the same until it ends."""
    _wait(SHARE, [account_id])


def take(account_id: uuid.UUID) -> None:
    """Call this before removing access from a member or one of their apps; the lock ends with the transaction."""
    # Before locking any row. Otherwise a row lock and this one could wait for each other forever.
    _wait(TAKE, [account_id])


def take_all(account_ids: Iterable[uuid.UUID]) -> None:
    """Call this before removing access in several accounts: all locks before any row, in one order, so that no two callers deadlock."""
    _wait(TAKE, account_ids)


def share_deletions(account_id: uuid.UUID) -> None:
    """Call this in a transaction that deletes what an export holds; no export of the account starts until it ends."""
    _wait(SHARE, [account_id], of=DELETIONS)


def await_deletions(account_id: uuid.UUID) -> None:
    """Call this before an export reads: it waits for deletions that have not committed."""
    _wait(TAKE, [account_id], of=DELETIONS)


def _wait(statement: Prepared, account_ids: Iterable[uuid.UUID], of: int = 0) -> None:
    # SQLite has one writer at a time: there is nobody to wait for.
    if db.engine.dialect.name == "postgresql":
        statement.rows({"keys": sorted({of + account_id.int % NUMBER for account_id in account_ids})})
