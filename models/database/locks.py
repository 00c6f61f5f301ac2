"""The gate through which a member's apps come to write. Whoever takes something away closes it, and waits until those inside are done.

Without it, a write was seen to commit after a revocation had been acknowledged. Sharing a lock on the connection's row
prevents that too, but lets newcomers pass by the one who waits to change the row: 24 writers at once kept a revocation waiting for
205 seconds. Here whoever comes later waits behind it.
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
    """Before what an app may do is looked up, in the transaction in which it writes: what it may stays so until that has ended."""
    _wait(ENTER, member_id)


def close(member_id: uuid.UUID) -> None:
    """Before something is taken from a member or from one of their apps; it opens when the transaction has ended."""
    # Before any row is locked: who holds a row that somebody behind the gate needs, and then waits at the gate, waits for ever.
    _wait(CLOSE, member_id)


def close_all(member_ids: Iterable[uuid.UUID]) -> None:
    """Before something is taken from several: all gates before any row, and in one order, so that nobody waits for each other."""
    for member_id in sorted(set(member_ids)):
        close(member_id)


def _wait(statement: Select[tuple[None]], member_id: uuid.UUID) -> None:
    connection = db.session.connection()
    # SQLite has one writer at a time: there is nobody to wait for.
    if connection.dialect.name == "postgresql":
        # Half of the id is enough: two members who shared a gate would only wait for each other now and then.
        connection.execute(statement, {"member": int.from_bytes(member_id.bytes[8:], "big", signed=True)})
