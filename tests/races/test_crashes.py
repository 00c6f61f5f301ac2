"""The server is killed in the middle of its work. What was acknowledged is there, with one entry each, and nothing else is half done."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked_gunicorn import ForkedGunicorn
from tests.killable import children_of
from tests.races.crashing import HANDS, Crew
from tests.server import PRODUCT, Gunicorn, stop, variables, wait_until_healthy

pytestmark = [pytest.mark.races, pytest.mark.both_databases]

# `RACE_ROUNDS=200` kills it two hundred times.
ROUNDS = 10
# Seconds of work at most, after which it is killed.
AT_WORK = 0.4


class Killable:
    """A gunicorn that is killed and started again at the same address."""

    def __init__(self, forker, settings, listener: socket.socket, log_file: Path) -> None:
        self.forker, self.settings, self.listener = forker, settings, listener
        self.gunicorn = Gunicorn(settings.public_url, log_file)
        self.process: ForkedGunicorn = self.start()

    def start(self) -> ForkedGunicorn:
        environment = variables(self.settings) | {"WEB_CONCURRENCY": "2", "THREADS": "8"}
        bind = [PRODUCT, "--bind", "fd://{}"]
        self.process = self.forker.gunicorn(bind, environment, self.gunicorn.log_file, self.listener)
        wait_until_healthy(self.gunicorn, self.process)
        return self.process

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def workers(self) -> list[int]:
        return children_of(self.process.pid)


@pytest.fixture
def killable(gunicorn_forker, settings, listener, tmp_path) -> Iterator[Killable]:
    running = Killable(gunicorn_forker, settings, listener, tmp_path / "server.log")
    yield running
    stop(running.process)
    sys.stdout.write(running.gunicorn.log()[-20_000:])


@pytest.fixture
def address(listener) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def crew_of(killable, connect, alice):
    """An assistant of its own for each round."""
    return lambda number: Crew(connect(alice, name=f"App {number}"), killable.gunicorn.port, f"round {number}")


@pytest.mark.asvs("2.3.3")
def test_what_was_answered_survives_the_death_of_the_server(killable, crew_of, rounds, check):
    chance = random.Random()
    for batch in rounds(1):
        crew = crew_of(batch.start)
        with crew.working():
            time.sleep(chance.uniform(0, AT_WORK))
            crew.stop.set()
            killable.kill()
            # Whoever had connected and was not served yet is served now.
            killable.start()
        check(crew)


def test_one_worker_that_dies_takes_only_its_own_calls_with_it(killable, crew_of, rounds, check):
    chance = random.Random()
    for batch in rounds(5):
        crew = crew_of(batch.start)
        with crew.working():
            for _ in batch:
                time.sleep(chance.uniform(0, AT_WORK))
                os.kill(chance.choice(killable.workers()), signal.SIGKILL)
                # The others go on, and those whose calls were cut come back.
                crew.wait_for(2 * HANDS)
        check(crew)


@pytest.mark.only("postgres")
def test_what_was_answered_survives_the_death_of_postgresql(killable_postgres, killable, crew_of, rounds, check):
    chance = random.Random()
    for batch in rounds(1):
        crew = crew_of(batch.start)
        with crew.working():
            time.sleep(chance.uniform(0, AT_WORK))
            killable_postgres.kill()
            killable_postgres.start()
            # The server itself goes on: calls succeed again once the database has recovered.
            crew.wait_until_done(2 * HANDS)
        check(crew)
