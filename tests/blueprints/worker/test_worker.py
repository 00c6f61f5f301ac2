"""One process works: one of the web processes, or a process of its own; and whoever ends is replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from config import ROOT
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.database.base import db
from models.database.leader_election import AdvisoryLock, election
from models.permissions import Role
from tests.application import settings_for
from tests.server import stop, variables

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]


@pytest.fixture
def server(serve):
    """Gunicorn: the worker lives in its processes."""
    return serve()


@pytest.fixture
def worker():
    """Where the worker lives; a test says otherwise by its parameter."""
    return "embedded"


@pytest.fixture
def settings(database_url, public_url, mailbox, worker):
    return replace(settings_for(database_url, public_url, mailbox.url), worker=worker)


@pytest.fixture
def invite(app, alice):
    """Alice invites somebody, which is mail."""

    def make(address) -> None:
        with app.app_context():
            MemberInvitation.create(db.session.get_one(Member, alice.member_id), address, Role.USER)
            db.session.commit()

    return make


def workers(log):
    """The processes that took the work over, in turn."""
    lines = (json.loads(line) for line in log.splitlines())
    return [line["pid"] for line in lines if line["message"] == "this process works now"]


def test_of_two_web_processes_one_sends_and_the_other_takes_over_when_it_is_killed(server, invite, mailbox):
    invite("dora@example.com")
    assert mailbox.wait_for("dora@example.com").link.startswith(server.url)
    [first] = workers(server.log())
    os.kill(first, signal.SIGKILL)
    invite("eli@example.com")
    mailbox.wait_for("eli@example.com")
    [_, second] = workers(server.log())
    assert second != first
    assert [len(mailbox.to(address)) for address in ("dora@example.com", "eli@example.com")] == [1, 1]


def test_mail_leaves_as_soon_as_it_is_committed(server, invite, mailbox):
    invite("dora@example.com")
    mailbox.wait_for("dora@example.com")
    invite("eli@example.com")
    mailbox.wait_for("eli@example.com", within=10)


@contextmanager
def flask_work(settings, log_file):
    """`flask work`, as the Procfile has it."""
    with log_file.open("wb") as log:
        command = [sys.executable, "-m", "flask", "--app", "app", "work"]
        process = subprocess.Popen(command, cwd=ROOT, env=variables(settings), stdout=log, stderr=log, process_group=0)
        try:
            yield process
        finally:
            stop(process)


@pytest.mark.parametrize("worker", ["separate"])
def test_a_process_of_its_own_sends_and_ends_in_order_when_it_is_told_to(settings, invite, mailbox, tmp_path):
    log_file = tmp_path / "work.log"
    with flask_work(settings, log_file) as process:
        invite("dora@example.com")
        mailbox.wait_for("dora@example.com")
    assert workers(log_file.read_text()) == [process.pid]
    assert process.returncode == 0, log_file.read_text()


@pytest.mark.parametrize("worker", ["separate"])
def test_where_the_worker_is_separate_the_web_processes_leave_it_alone(settings, server, invite, mailbox, tmp_path):
    invite("dora@example.com")
    log_file = tmp_path / "work.log"
    with flask_work(settings, log_file):
        mailbox.wait_for("dora@example.com")
    assert workers(server.log()) == []
    assert len(workers(log_file.read_text())) == 1


def test_one_of_many_is_elected_and_whoever_resigns_makes_room(app):
    with app.app_context():
        one, other = election(db.engine), election(db.engine)
        assert one.won()
        assert not other.won()
        assert one.won()
        one.resign()
        assert other.won()
        assert not one.won()
        other.resign()


def test_whoever_loses_the_connection_that_elected_it_steps_back_and_asks_again(app, database):
    with app.app_context():
        lock, other = election(db.engine), election(db.engine)
        assert lock.won()
        if isinstance(lock, AdvisoryLock):
            pid = lock.connection.scalar(db.text("SELECT pg_backend_pid()"))
            db.session.execute(db.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
            db.session.commit()
            assert not lock.won()
        assert isinstance(lock, AdvisoryLock) == (database == "postgres")
        assert lock.won()
        assert not other.won()
        lock.resign()
