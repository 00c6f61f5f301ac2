"""Migrations are killed in the middle, and two run at once: the database always has a whole revision, and every row."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select

from config import ROOT
from models.audit.recorder import AuditEntry, AuditPersonal
from models.database.base import db, new_id, table_of
from models.database.schema import revision_of, revisions
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.faults.machines import flask
from tests.server import variables

# Before the migrations that write words down for every entry, and alter what people and accounts have.
FROM = "0023"
ENTRIES = 5_000


@pytest.fixture
def public_url():
    """Asked in this process."""
    return "http://localhost"


@pytest.fixture
def many_entries(app, claude, alice):
    """A long audit log, copied from one entry; how many entries it has."""
    claude.result("create_tag", label="Kyiv", color="red")
    with app.app_context(), in_account(alice.account_id):
        ids = [new_id() for _ in range(ENTRIES)]
        for table, key in ((table_of(AuditEntry), "id"), (table_of(AuditPersonal), "entry_id")):
            row = db.session.execute(select(table).order_by(table.c[key]).limit(1)).mappings().one()
            db.session.execute(insert(table), [dict(row) | {key: id_} for id_ in ids])
        db.session.commit()
        db.engine.dispose()
    return counted(app, alice)


def counted(app, alice):
    with app.app_context(), in_account(alice.account_id):
        found = [db.session.scalar(select(func.count()).select_from(each)) for each in (AuditEntry, AuditPersonal, Tag)]
        db.session.rollback()
        db.engine.dispose()
        return found


def down(app):
    with app.app_context():
        flask_migrate.downgrade(revision=FROM)
        db.session.remove()
        db.engine.dispose()


def differences(app):
    with app.app_context(), db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), db.metadata)
        connection.close()
        db.engine.dispose()
        return found


def test_a_migration_that_is_killed_leaves_a_whole_revision(app, settings, alice, many_entries, rounds, figures):
    chance, reached = random.Random(), []
    down(app)
    began = time.monotonic()
    assert flask(settings, "db", "upgrade").returncode == 0
    lasts = time.monotonic() - began
    for _ in rounds:
        down(app)
        flask(settings, "db", "upgrade", kill_after=lasts * chance.uniform(0.4, 0.95))
        with app.app_context():
            with db.engine.connect() as connection:
                reached.append(revision_of(connection))
            db.engine.dispose()
        assert reached[-1] in revisions()
        done = flask(settings, "db", "upgrade")
        assert done.returncode == 0, done.stdout
        assert counted(app, alice) == many_entries
    assert differences(app) == []
    figures(lost=0, note=f"{many_entries[0]:,} entries; found at {', '.join(sorted(set(filter(None, reached))))}")


def test_two_migrations_at_once_are_one(new_database, app, settings, rounds, figures):
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    for _ in rounds:
        down(app)
        both = [
            subprocess.Popen(
                command, cwd=ROOT, env=variables(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=120)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        assert differences(app) == []
        # Each migration was run by one of them.
        assert sum(each.count("Migration 0024") for each in said) == 1
    figures(lost=0)
