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

    def notice_pooler(self) -> None:
        """Prepare nothing behind PgBouncer or another pooler: the next transaction may run on a server connection that has no such
        statement, or one of another client under the same name."""
        if self.behind_pooler():
            self.prepare_threshold = None

    def behind_pooler(self) -> bool:
        """Whether a pooler is in between: it introduces itself with another process number than that of the server."""
        found = self.pgconn.exec_(b"SELECT pg_backend_pid()").get_value(0, 0)
        return found is not None and int(found) != self.pgconn.backend_pid

    def rollback(self) -> None:
        """Undo the current transaction, if there is one."""
        with self.lock:
            if self.pgconn.transaction_status in OPEN:
                failed = self.pgconn.exec_(b"ROLLBACK").error_message
                if failed:
                    raise psycopg.OperationalError(failed.decode(errors="replace"))
                return
        super().rollback()
