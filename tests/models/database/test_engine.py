"""How the databases are opened: what the settings promise holds on a real connection."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from app import create_app
from models.accounts.account import Account
from models.database.base import db
from models.database.engine import to_json, warn_of_superuser
from models.request_scope import open_scope
from tests.application import settings_for
from tests.for_each import for_each


@pytest.fixture
def app(copiers):
    """An app on SQLite, whichever databases the run is about."""
    with copiers("sqlite")("engine") as url:
        app = create_app(settings_for(url))
        with open_scope():
            yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def on_sqlite(app):
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
    ],
)
def test_sqlite_is_opened_the_safe_way(on_sqlite, pragma, value):
    assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_reader_does_not_wait_for_a_writer(app, on_sqlite):
    Account.create("Unfinished")
    seen = []

    def look():
        with app.app_context(), open_scope(reading=True):
            seen.append(db.session.scalar(db.select(db.func.count()).select_from(Account)))

    reader = threading.Thread(target=look)
    reader.start()
    reader.join(5)
    assert seen == [0]
    db.session.rollback()


def test_writers_come_one_after_another_and_none_is_turned_away(app, on_sqlite):
    db.session.rollback()
    refused = []

    def write(number):
        with app.app_context(), open_scope():
            try:
                for _ in range(20):
                    count = db.session.scalar(db.select(db.func.count()).select_from(Account))
                    Account.create(f"{number}-{count}")
                    db.session.commit()
            except DBAPIError as error:
                refused.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert refused == []
    assert db.session.scalar(db.select(db.func.count()).select_from(Account)) == 160


def test_a_failed_transaction_leaves_the_queue_to_the_next(app, on_sqlite):
    for _ in range(3):
        Account.create("Undone")
        db.session.rollback()
    Account.create("Done")
    db.session.commit()


@pytest.mark.asvs("15.2.2")
def test_a_writer_that_waits_too_long_is_told_so(app, on_sqlite, monkeypatch):
    monkeypatch.setattr("models.database.writer_queue.PATIENCE", 0.05)
    Account.create("Unfinished")
    refused = []

    def write():
        with app.app_context(), open_scope():
            try:
                Account.create("Second")
            except OperationalError as error:
                refused.append(str(error))

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(5)
    db.session.rollback()
    assert "database is locked" in refused[0]


class Superuser:
    """A connection whose role passes through row-level security."""

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def execute(self, _sql):
        return None

    def fetchone(self):
        return (True,)

    def rollback(self):
        return None


@pytest.mark.asvs("13.2.2")
def test_a_role_that_row_level_security_does_not_bind_is_warned_of(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("profile"), "propagate", True)
    warn_of_superuser(Superuser(), None)
    assert "passes through row-level security" in caplog.text


@for_each("value", [2**70, {"a": [1, None, "é\u2028"]}, {1: "one"}, 1.5])
def test_json_of_a_column_is_read_as_it_was_written(value):
    assert json.loads(to_json(value)) == json.loads(json.dumps(value))
