"""How gunicorn's workers share out connections, whatever becomes of one of them."""

from __future__ import annotations

import os
import re
import runpy
import signal
import time
from collections import Counter
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest
from gunicorn.config import Config

import app as product
from config import ROOT
from gunicorn_worker import BalancedWorker, held
from tests.server import variables

APP = "tests.test_gunicorn_worker:create_app()"


def create_app():
    """The product, which says in each answer which process gave it."""
    app = product.create_app()

    @app.after_request
    def name(response):
        response.headers["X-Process"] = str(os.getpid())
        return response

    return app


@pytest.fixture
def connections(listener):
    """Opens so many connections, each after the answer to the one before; which processes answered. They stay open to the end."""
    port = listener.getsockname()[1]
    with ExitStack() as kept:

        def opened(number):
            return [process_at(kept.enter_context(closing(HTTPConnection("127.0.0.1", port)))) for _ in range(number)]

        yield opened


def process_at(connection):
    connection.timeout = 30
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return int(answer.headers["X-Process"])


def workers_of(server):
    """The workers that were started, oldest first."""
    return [int(number) for number in re.findall(r"Booting worker with pid: (\d+)", server.log())]


def accepting(server, started, without=()):
    """The workers, once so many were started and all of them, without these, have accepted connections."""
    deadline = time.monotonic() + 30
    heard: set[int] = set()
    while len(workers := workers_of(server)) < started or not heard >= set(workers) - set(without):
        assert time.monotonic() < deadline
        # It is not kept: a worker that starts later would get every connection until it holds as many.
        with closing(HTTPConnection("127.0.0.1", server.port)) as one:
            heard.add(process_at(one))
    return [worker for worker in workers if worker not in without]


def master_of(server):
    return int(re.search(r"Listening at: .* \((\d+)\)", server.log())[1])


def test_new_connections_go_to_the_worker_that_holds_fewer(serve, connections):
    one, other = accepting(serve(app=APP), 2)
    os.kill(other, signal.SIGSTOP)
    assert set(connections(20)) == {one}
    os.kill(other, signal.SIGCONT)
    # On a busy machine the other worker may miss some.
    assert Counter(connections(20))[other] >= 15


def test_a_worker_that_was_killed_is_replaced_and_the_new_one_gets_connections(serve, connections):
    server = serve(app=APP)
    one, other = accepting(server, 2)
    os.kill(other, signal.SIGKILL)
    _, new = accepting(server, 3, without=[other])
    assert {one, new} == set(connections(12))


def test_a_restart_in_order_loses_no_request(serve, connections):
    server = serve(app=APP)
    before = accepting(server, 2)
    os.kill(master_of(server), signal.SIGHUP)
    after = accepting(server, 4, without=before)
    assert set(connections(12)) >= set(after)


def test_one_worker_serves_more_connections_than_it_has_threads(serve, connections):
    server = serve(workers=1, threads=2, app=APP)
    assert set(connections(12)) == set(workers_of(server))


def test_nobody_waits_for_a_worker_that_accepts_nothing(monkeypatch, settings):
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    hooks = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    worker = BalancedWorker(7, os.getpid(), [], None, 30, Config(), None)
    hooks["pre_fork"](None, worker)
    with closing(worker.tmp):
        assert held[7] == 0
        worker.set_accept_enabled(True)
        assert held[7] == 1
        worker.set_accept_enabled(False)
        assert held[7] == 0
        worker.set_accept_enabled(True)
        hooks["child_exit"](None, worker)
        assert held[7] == 0
