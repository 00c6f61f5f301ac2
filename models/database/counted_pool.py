"""The pool of database connections, for a server that counts how many are in use and how long it takes to get one."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from models.metrics import Gauge, Histogram

IN_USE = Gauge("profile_database_connections_in_use", "Database connections that web processes are using.")
WAITED = Histogram(
    "profile_database_connection_wait_seconds",
    "How long it took to get a database connection, opening it included.",
    (0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30),
)


class CountedPool(QueuePool):
    """Counts its connections."""

    def connect(self) -> PoolProxiedConnection:
        """A connection for the caller."""
        began = perf_counter()
        try:
            return super().connect()
        finally:
            WAITED.observe(perf_counter() - began)
            IN_USE.set(self.checkedout())

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        IN_USE.set(self.checkedout())
