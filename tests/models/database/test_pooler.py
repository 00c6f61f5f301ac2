"""Behind PgBouncer, which gives each transaction whichever server connection is free: statements and locks work as they do without it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import bindparam, select, text

from models.database import Prepared, db, table_of
from models.database.call_connection import PostgreSQLCallConnection
from models.database.leader_election import AdvisoryLock
from models.database.schema import LOCK, migrating_alone
from models.database.tenancy import enter_account
from models.profiles.tag import Tag
from models.request_scope import current_scope
from tests.databases import SERVER
from tests.machine import found
from tests.postgres import free_port, unprivileged

pytestmark = [pytest.mark.only("postgres"), pytest.mark.in_front]
tags = table_of(Tag).c
NAMED = Prepared(select(tags.label).where(tags.account_id == bindparam("account")))
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=profile
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
"""


@pytest.fixture(scope="module")
def pooler_port(request):
    """The port of a PgBouncer as Debian configures it, in transaction mode: two connections to the server, for everybody."""
    home, port = Path(tempfile.mkdtemp(prefix="profile-pgbouncer-")), free_port()
    file = home / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(server=request.config.stash[SERVER].port, port=port))
    # It refuses to run as root, and must be able to read its file.
    runner = unprivileged(home)
    home.chmod(0o755)
    process = subprocess.Popen([str(found("pgbouncer")), "--quiet", file], cwd=home, **runner)
    try:
        wait_until_answers(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home)


def wait_until_answers(process, port):
    give_up = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < give_up:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="profile", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise AssertionError("PgBouncer did not start")


@pytest.fixture
def database_url(database_url, pooler_port, request):
    """The database of this test, through the pooler."""
    return database_url.replace(f":{request.config.stash[SERVER].port}/", f":{pooler_port}/")


@pytest.fixture
def connections(app, account_id):
    """Two connections of the app, which the pooler lets use the same one to the server, in turns."""
    held = [PostgreSQLCallConnection(db.engine) for _ in range(2)]
    yield held
    for each in held:
        each.close()


def test_connections_that_share_one_to_the_server_use_their_own_statements_in_their_own_account(
    connections, account_id
):
    Tag.create(account_id, "Team", "blue")
    db.session.commit()
    for account, label in ((account_id, "Team"), (None, None)):
        enter_account(account)
        for _ in range(3):
            for held in connections:
                with current_scope().holding(held):
                    assert NAMED.scalar({"account": account_id}) == label
                    held.commit()
    enter_account(account_id)


def test_a_process_that_ends_leaves_the_work_to_another(app):
    with app.app_context():
        one, other = AdvisoryLock(db.engine), AdvisoryLock(db.engine)
        assert one.won()
        assert not other.won()
        one.connection.invalidate()
        assert other.won()
        assert not one.won()
        other.resign()


def test_one_migrates_after_another(app):
    with app.app_context(), db.engine.connect() as connection:
        for _ in range(2):
            # The other one gets another server connection than that which has the lock.
            with migrating_alone(connection, on_wait=fail), db.engine.connect() as other:
                assert not other.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK})


def fail():
    raise AssertionError("nobody else migrates")
