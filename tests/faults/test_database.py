"""PostgreSQL stops, says nothing, is behind PgBouncer, or its answer to COMMIT is lost."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.cable import Cable
from tests.faults.conftest import need
from tests.faults.machines import Machine, started, until
from tests.postgres import free_port, unprivileged
from tests.races.crashing import HANDS

pytestmark = pytest.mark.only("postgres")

SILENT = 6
HEALTH_WITHIN = 3.0
RECOVERS_WITHIN = 5.0
BOUNCER = """\
[databases]
* = host=127.0.0.1 port={server} user=profile
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 200
server_round_robin = 1
"""


def at(settings, port):
    """These settings with the database at another port."""
    url = make_url(settings.database_url).set(port=port)
    return replace(settings, database_url=url.render_as_string(hide_password=False))


def answers(settings):
    """Whether PostgreSQL takes connections."""
    try:
        psycopg.connect(settings.database_url.replace("+psycopg", ""), connect_timeout=2).close()
        return True
    except psycopg.OperationalError:
        return False


def test_a_database_that_stops_and_starts_loses_nothing(
    killable_postgres, machine, settings, crew_of, rounds, check, figures
):
    for number in rounds:
        crew = crew_of(number)
        with crew.working():
            killable_postgres.stop()
            crew.wait_until_denied(HANDS, 503)
            killable_postgres.start()
            until(lambda: answers(settings))
            recovery = crew.wait_until_done(1)
            figures(recovery=recovery)
            assert recovery <= RECOVERS_WITHIN
            crew.wait_until_done(HANDS)
        assert set(crew.statuses) <= {200, 500, 503}
        check(crew)
    figures(note=f"{machine.log_file.stat().st_size / 1e6 / len(rounds):.1f} MB of log each time")


def test_while_the_database_says_nothing_the_server_says_so(
    killable_postgres, machine, crew_of, rounds, check, figures
):
    """It keeps its connections: no system notices that, and whoever asks waits until it speaks again."""
    for number in rounds:
        crew = crew_of(number)
        with crew.working():
            with killable_postgres.silent():
                over = time.monotonic() + SILENT
                while time.monotonic() < over:
                    began = time.monotonic()
                    assert machine.status("/livez") == 200
                    assert machine.status("/healthz") == 503
                    assert time.monotonic() - began < HEALTH_WITHIN
            recovery = crew.wait_until_done(1)
            figures(recovery=recovery)
            assert recovery <= RECOVERS_WITHIN
            until(lambda: machine.status("/healthz") == 200)
            crew.wait_until_done(HANDS)
        assert set(crew.statuses) <= {200, 503}
        check(crew)


@pytest.fixture
def bouncer(settings, tmp_path):
    """PgBouncer in transaction mode; its port."""
    port, home = free_port(), tmp_path / "bouncer"
    home.mkdir()
    program = need("pgbouncer", "pgbouncer")
    configuration = home / "pgbouncer.ini"
    configuration.write_text(BOUNCER.format(server=make_url(settings.database_url).port, port=port))
    for each in (tmp_path, *tmp_path.parents[:3]):
        if each.owner() != "root" or each.stat().st_mode & 0o001 == 0:
            each.chmod(each.stat().st_mode | 0o011)
    with (tmp_path / "bouncer.log").open("wb") as log:
        process = subprocess.Popen([program, configuration], stdout=log, stderr=log, cwd=home, **unprivileged(home))
    try:
        until(lambda: answers(at(settings, port)), (tmp_path / "bouncer.log").read_text, 10)
        yield port
    finally:
        process.terminate()
        process.wait()


def test_behind_pgbouncer_nothing_fails(bouncer, separate, port, tmp_path, crew_of, rounds, check):
    web = Machine(at(separate, bouncer), tmp_path, port=port)
    with started(web):
        for number in rounds:
            crew = crew_of(number)
            with crew.working():
                crew.wait_for(60)
            assert set(crew.statuses) == {200}
            assert check(crew)["cut"] == 0


def test_a_lost_answer_to_commit_is_never_a_denial(separate, port, tmp_path, crew_of, rounds, check):
    """Each change is there once, has one entry, and nobody was told that it is not."""
    server = make_url(separate.database_url).port
    assert server
    cable = Cable(server)
    with started(Machine(at(separate, cable.port), tmp_path, port=port)):
        crew = crew_of(0)
        with crew.working():
            for _ in rounds:
                cable.breaks = "its answer"
                until(lambda: cable.breaks is None, "nobody committed")
                crew.wait_for(2 * HANDS)
        assert set(crew.statuses) <= {200, 500, 503}
        check(crew)
    cable.listener.close()
