"""The gate that a member's apps pass through to write. Removing access closes it, and waits until the writers inside are done.

Without it, a write was seen to commit after a revocation had been acknowledged. Sharing a lock on the connection's row
prevents that too, but it lets new writers pass the one who waits to change the row: 24 simultaneous writers kept a
revocation waiting for 205 seconds. Here later writers wait behind it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import BigInteger, Select, bindparam, func, select

from models.database.base import db

MEMBER = bindparam("member", type_=BigInteger)
ENTER = select(func.pg_advisory_xact_lock_shared(MEMBER))
CLOSE = select(func.pg_advisory_xact_lock(MEMBER))


def enter(member_id: uuid.UUID) -> None:
    """Call this before looking up what an app may do, in the transaction that writes: permissions stay the same until it ends."""
    _wait(ENTER, member_id)


def close(member_id: uuid.UUID) -> None:
    """Call this before removing access from a member or one of their apps; the gate opens when the transaction ends."""
    # Close the gate before locking any row. Otherwise a row lock and the gate could wait for each other forever.
    _wait(CLOSE, member_id)


def close_all(member_ids: Iterable[uuid.UUID]) -> None:
    """Call this before removing access from several: all gates before any row, in one order, so that no two callers deadlock."""
    for member_id in sorted(set(member_ids)):
        close(member_id)


def _wait(statement: Select[tuple[None]], member_id: uuid.UUID) -> None:
    connection = db.session.connection()
    # SQLite has one writer at a time: there is nobody to wait for.
    if connection.dialect.name == "postgresql":
        # Half of the id is enough: two members with the same gate would only sometimes wait for each other.
        connection.execute(statement, {"member": int.from_bytes(member_id.bytes[8:], "big", signed=True)})
