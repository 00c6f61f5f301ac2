"""What load balancers and platforms hear: whether the process lives, and whether it can serve."""

from __future__ import annotations

import socket
from dataclasses import replace
from time import monotonic

import pytest
from sqlalchemy import text

from app import create_app
from blueprints.web.health import SECONDS
from models.database.base import db
from models.database.schema import revisions

pytestmark = pytest.mark.both_databases


@pytest.fixture
def asked(app):
    """The answer to a path: status and words."""

    def ask(path, of=app):
        answer = of.test_client().get(path)
        return answer.status_code, answer.get_json()["status"]

    return ask


@pytest.fixture
def at_revision(app):
    """Says in the database that it has this revision, as another version of Profile would find it."""

    def set_to(revision):
        with app.app_context(), db.engine.connect() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
            connection.commit()

    return set_to


def test_a_migrated_database_is_ready(asked):
    assert asked("/livez") == asked("/readyz") == asked("/healthz") == (200, "ok")


def test_an_older_schema_is_not_ready_and_the_process_lives(asked, at_revision):
    at_revision(revisions()[-2])
    assert asked("/readyz") == (503, "database not migrated")
    assert asked("/livez") == (200, "ok")


def test_a_newer_schema_is_ready_while_machines_are_upgraded_one_by_one(asked, at_revision):
    at_revision(f"{int(revisions()[-1]) + 1:04}")
    assert asked("/readyz") == (200, "ok")


def test_a_database_without_tables_is_not_ready(asked, settings, tmp_path):
    empty = create_app(replace(settings, database_url=f"sqlite:///{tmp_path}/empty.db"))
    assert asked("/readyz", of=empty) == (503, "database not migrated")


def test_a_database_that_says_nothing_is_noticed_within_seconds(asked, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        hung = create_app(replace(settings, database_url=f"postgresql+psycopg://profile@127.0.0.1:{port}/profile"))
        for _ in range(2):
            began = monotonic()
            assert asked("/readyz", of=hung) == (503, "database unavailable")
            assert monotonic() - began < SECONDS + 1
        assert asked("/livez", of=hung) == (200, "ok")
