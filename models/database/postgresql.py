"""The driver's connection to PostgreSQL, as Profile uses it."""

from __future__ import annotations

from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus

OPEN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class KeepingConnection(psycopg.Connection):
    """Keeps its prepared statements after a rollback, as PostgreSQL does.

    The driver forgets them all, because a table may have been created in the transaction. Here every read ends with a
    rollback, and no request creates tables.
    """

    @classmethod
    def connect(cls, *where: Any, **options: Any) -> Self:
        """Connect. Behind PgBouncer, no statement is prepared: each transaction may come to another process of PostgreSQL.

        A pooler gives a number of its own where PostgreSQL gives that of the process.
        """
        made = super().connect(*where, **options)
        if made.pgconn.exec_(b"SELECT pg_backend_pid()").get_value(0, 0) != str(made.pgconn.backend_pid).encode():
            made.prepare_threshold = None
        return made

    def rollback(self) -> None:
        """Undo the current transaction, if there is one."""
        with self.lock:
            if self.pgconn.transaction_status in OPEN:
                failed = self.pgconn.exec_(b"ROLLBACK").error_message
                if failed:
                    raise psycopg.OperationalError(failed.decode(errors="replace"))
                return
        super().rollback()
