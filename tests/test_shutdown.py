"""How gunicorn stops: whoever waits is answered, and load balancers hear of it before."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection

import pytest

from tests.application import settings_for
from tests.test_gunicorn_worker import master_of, workers_of

WAITING = 10


@pytest.fixture
def settings(database_url, public_url):
    return replace(settings_for(database_url, public_url), shutdown_delay=timedelta(seconds=30))


@pytest.fixture
def ask(listener):
    """The status of a path."""
    port = listener.getsockname()[1]

    def status(path):
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    return status


def test_load_balancers_hear_first_and_whoever_waits_at_the_socket_is_answered(serve, ask, address):
    server = serve(workers=1, threads=2)
    os.kill(master_of(server), signal.SIGTERM)
    deadline = time.monotonic() + 20
    while ask("/readyz") == 200:
        assert time.monotonic() < deadline
    assert (ask("/readyz"), ask("/livez")) == (503, 200), "requests are still served"

    (worker,) = workers_of(server)
    os.kill(worker, signal.SIGSTOP)
    with ExitStack() as stack:
        asking = [
            stack.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=30))) for _ in range(WAITING)
        ]
        for connection in asking:
            connection.request("GET", "/livez")
        # The second signal does not wait. The worker finds it together with those who wait.
        os.kill(master_of(server), signal.SIGTERM)
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGCONT)
        assert [connection.getresponse().status for connection in asking] == [200] * WAITING
