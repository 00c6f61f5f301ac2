"""A database that is away, and connections that die: a line in the log for each request, and answers that stay whole."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from io import StringIO

import pytest
from flask import request_finished
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import create_app
from blueprints.worker.jobs import Sweep
from blueprints.worker.loop import perform
from models.database import outage
from models.database.base import db
from models.database.engine import application_name

pytestmark = pytest.mark.both_databases


@pytest.fixture
def away(settings, database, tmp_path):
    """A server whose database cannot be opened, and what it has logged."""
    nowhere = {"sqlite": f"sqlite:///{tmp_path}", "postgres": "postgresql+psycopg://profile@127.0.0.1:9/profile"}
    app = create_app(replace(settings, database_url=nowhere[database]))

    written = StringIO()
    (handler,) = logging.getLogger("profile").handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield app, lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before)


def test_each_request_without_a_database_is_one_line_of_error(away):
    app, logged = away
    assert app.test_client().get("/sign-up").status_code == 503
    lines = [line for line in logged() if line["levelname"] != "INFO"]
    assert [line["message"] for line in lines] == ["database error"]
    assert "exc_info" not in lines[0]
    assert lines[0]["reason"]


def test_a_sweep_without_a_database_is_one_line_and_a_pause(away):
    app, logged = away

    def look():
        db.session.execute(text("SELECT 1"))

    assert not perform(app, Sweep("look", 1, look))
    (line,) = logged()
    assert "exc_info" not in line
    assert line["work"] == "look"


def test_a_mistake_of_ours_keeps_its_stack_trace(app):
    with app.app_context(), pytest.raises(Exception, match="nothing") as caught:
        db.session.execute(text("SELECT nothing"))
    assert outage(caught.value) is None
    assert outage(OperationalError("SELECT 1", None, ValueError())) is None


@pytest.mark.only("postgres")
def test_a_connection_that_dies_after_the_answer_takes_nothing_from_it(app, client):
    def die(_sender, **_more):
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with request_finished.connected_to(die, app):
        assert client.get("/sign-up").status_code == 200
    assert client.get("/sign-up").status_code == 200


@pytest.mark.only("postgres")
def test_a_process_opens_no_more_connections_than_it_may_and_says_whose_they_are(settings, monkeypatch):
    app = create_app(replace(settings, database_connections=2))
    with app.app_context():
        monkeypatch.setattr(db.engine.pool, "_timeout", 0.1)
        with db.engine.connect() as connection, db.engine.connect():
            named = connection.scalar(text("SELECT current_setting('application_name')"))
            with pytest.raises(PoolTimeout) as third:
                db.engine.connect()
        assert "DATABASE_CONNECTIONS" in (outage(third.value) or "")
        db.engine.dispose()
    assert named == application_name()
    assert named.startswith("profile ")
