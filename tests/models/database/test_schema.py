"""Which schema a database has, and that one process at a time changes it."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event, Thread

import flask_migrate
import pytest
from sqlalchemy import text

from app import create_app
from config import ROOT
from models.database.base import db
from models.database.schema import Schema, migrating_alone, revision_of, revisions, schema_of
from tests.application import settings_for
from tests.for_each import for_each


def set_revision(revision):
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        connection.commit()


def upgrade(url):
    """`flask db upgrade`, as a platform's release step runs it."""
    environment = os.environ | {"SECRET_KEY": "s" * 40, "PUBLIC_URL": "http://localhost", "DATABASE_URL": url}
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_releases_at_once_migrate_one_after_the_other(database_url):
    with create_app(settings_for(database_url)).app_context():
        flask_migrate.downgrade(revision=revisions()[-3])
        releases = [upgrade(database_url) for _ in range(2)]
        said = [release.communicate()[1] for release in releases]
        assert [release.returncode for release in releases] == [0, 0], said
        assert sum(f"Migration {revisions()[-1]}:" in words for words in said) == 1
        with db.engine.connect() as connection:
            assert schema_of(connection) is Schema.CURRENT
        db.engine.dispose()


def test_the_second_waits_until_the_first_has_migrated(app):
    waits, migrated = Event(), []

    def second():
        with app.app_context(), db.engine.connect() as connection, migrating_alone(connection, waits.set):
            migrated.append("second")

    with app.app_context(), db.engine.connect() as connection:
        with migrating_alone(connection, pytest.fail):
            other = Thread(target=second)
            other.start()
            assert waits.wait(30)
            migrated.append("first")
        other.join(30)
    assert migrated == ["first", "second"]


@for_each(("revision", "words"), [("9999", "migrated by a newer version"), ("ae10295b", "tables of another program")])
def test_a_database_that_this_version_does_not_know_stays_as_it_is(app, caplog, revision, words):
    with app.app_context():
        newest = revisions()[-1]
        set_revision(revision)
        with pytest.raises(SystemExit):
            flask_migrate.upgrade()
        assert words in caplog.text
        with db.engine.connect() as connection:
            assert revision_of(connection) == revision
        set_revision(newest)


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(caplog):
    with (
        create_app(settings_for("postgresql+psycopg://profile@127.0.0.1:9/profile")).app_context(),
        pytest.raises(SystemExit),
    ):
        flask_migrate.upgrade()
    assert "The database cannot be opened, so nothing was migrated. Check DATABASE_URL." in caplog.text
