"""Behind a pooler, a transaction may come to a process of PostgreSQL that knows none of the statements prepared before."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

import pytest
from sqlalchemy.engine import make_url

from models.database.postgresql import KeepingConnection
from tests.cable import Cable

pytestmark = pytest.mark.only("postgres")

# The number of the process, in PostgreSQL's answer to a start (BackendKeyData).
PROCESS = re.compile(rb"K\0\0\0\x0c(....)", re.DOTALL)


class Pooler(Cable):
    """Gives a number of its own, as PgBouncer does."""

    def to_app(self, server: socket.socket, app: socket.socket, lost: list[bool]) -> None:
        with suppress(OSError):
            while sent := server.recv(65536):
                app.sendall(PROCESS.sub(b"K\0\0\0\x0c\0\0\0\x07", sent))


def prepared(url):
    """How many statements PostgreSQL keeps for a connection that asks for it twice."""
    with KeepingConnection.connect(url) as connection:
        for _ in range(2):
            connection.execute("SELECT 1", prepare=True)
        return connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]


def test_statements_are_prepared_on_a_connection_of_ones_own_alone(database_url):
    url = make_url(database_url).set(drivername="postgresql")
    assert url.port
    pooler = Pooler(url.port)
    assert prepared(url.render_as_string()) == 1
    assert prepared(url.set(port=pooler.port).render_as_string()) == 0
    pooler.listener.close()
