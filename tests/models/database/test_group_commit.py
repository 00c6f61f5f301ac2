"""Threads that share a transaction on SQLite: each is answered after the commit, and none pays for what another has done."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from models.database import Prepared, db, on_one_connection, table_of, write_in_group
from models.database.call_connection import CallConnection, call_connection
from models.database.group_commit import Task, write_together
from models.rate_limits.buckets import Throttle
from models.request_scope import open_scope

pytestmark = pytest.mark.only("sqlite")

ADD = Prepared(insert(table_of(Throttle)), ["key", "empty_at"])
AT_ONCE = 8


@pytest.fixture
def together(app):
    """Runs this for each number in a thread of its own, all at one moment; returns what each raised."""

    def run(work):
        start = threading.Barrier(AT_ONCE)

        def one(number):
            with app.app_context(), open_scope(), on_one_connection():
                start.wait()
                try:
                    write_in_group(lambda: work(number))
                except Exception as error:  # noqa: BLE001
                    return error

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, range(AT_ONCE)))

    return run


@pytest.fixture
def kept(app):
    """The numbers whose rows are in the database."""

    def read():
        with app.app_context(), open_scope():
            return sorted(int(key) for key in db.session.scalars(select(Throttle.key)) if key.isdigit())

    return read


def add(number):
    ADD.run({"key": str(number), "empty_at": 0})


def test_all_of_it_is_kept(together, kept):
    assert together(add) == [None] * AT_ONCE
    assert kept() == list(range(AT_ONCE))


def test_what_fails_leaves_nothing_and_takes_nobody_else_with_it(together, kept):
    def work(number):
        add(number)
        if number % 2:
            raise ValueError(number)

    raised = together(work)
    assert [getattr(error, "args", None) for error in raised] == [(n,) if n % 2 else None for n in range(AT_ONCE)]
    assert kept() == [0, 2, 4, 6]


def test_a_commit_that_fails_fails_for_all_who_share_it(together, kept, monkeypatch):
    def full(self):
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(CallConnection, "commit", full)
        raised = together(add)
    assert {type(error) for error in raised} == {OperationalError}
    assert len({id(error) for error in raised}) == AT_ONCE
    assert kept() == []
    # Nobody is left waiting, and the next ones are served.
    assert together(add) == [None] * AT_ONCE


def test_a_full_disk_that_ends_the_transaction_fails_for_all_as_an_error_of_the_database(app, kept):
    def full():
        # As SQLite does by itself: no savepoint is left to go back to.
        call_connection().driver.execute("ROLLBACK")
        raise OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))

    with app.app_context(), open_scope(), on_one_connection():
        connection = call_connection()
        assert connection is not None
        batch = [Task(lambda: add(1)), Task(full), Task(lambda: add(3))]
        write_together(connection, batch)
    assert [type(task.error) for task in batch] == [OperationalError] * 3
    assert kept() == []


def test_the_session_cannot_be_used_in_it(together, kept):
    def work(number):
        add(number)
        if number == 3:
            db.session.scalars(select(Throttle.key)).all()

    raised = together(work)
    assert [type(error) for error in raised if error] == [RuntimeError]
    assert kept() == [0, 1, 2, 4, 5, 6, 7]
