"""The driver's connection to PostgreSQL, as Profile uses it."""

from __future__ import annotations

import psycopg
from psycopg.pq import TransactionStatus

OPEN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class KeepingConnection(psycopg.Connection):
    """Keeps its prepared statements after a rollback, as PostgreSQL does.

    The driver forgets them all, because a table may have been created in the transaction. Here every read ends with a
    rollback, and no request creates tables.
    """

    def rollback(self) -> None:
        """Undo the current transaction, if there is one."""
        with self.lock:
            if self.pgconn.transaction_status in OPEN:
                failed = self.pgconn.exec_(b"ROLLBACK").error_message
                if failed:
                    raise psycopg.OperationalError(failed.decode(errors="replace"))
                return
        super().rollback()
