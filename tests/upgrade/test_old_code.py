"""The version before runs on the schema of this one: while an upgrade replaces processes one by one, and after one that was taken back."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import inspect

from app import create_app
from config import ROOT
from models.database.base import db
from tests.application import settings_for
from tests.upgrade.baseline import baseline

OLD = baseline()


@pytest.fixture
def schema(database_url):
    """The newest schema, as the database describes it."""
    with create_app(settings_for(database_url)).app_context():
        yield inspect(db.engine)
        db.engine.dispose()


@pytest.mark.both_databases
def test_every_table_and_column_that_the_old_code_uses_is_there(schema):
    there = {table: {column["name"] for column in schema.get_columns(table)} for table in schema.get_table_names()}
    missing = {
        f"{table}.{column}"
        for table, columns in OLD["tables"].items()
        for column in columns
        if column not in there.get(table, ())
    }
    assert not missing


@pytest.mark.both_databases
def test_the_old_code_can_add_rows_that_say_nothing_of_new_columns(schema):
    demanded = {
        f"{table}.{column['name']}"
        for table, known in OLD["tables"].items()
        for column in schema.get_columns(table)
        if column["name"] not in known and not column["nullable"] and column["default"] is None
    }
    assert not demanded


@pytest.mark.everything
def test_the_old_code_passes_its_own_tests_on_this_schema(tmp_path):
    """Its quick tests, from the commit with its tag, on databases that the migrations of this version make."""
    tag = f"v{OLD['version']}"
    archive = subprocess.run(["git", "archive", tag], cwd=ROOT, capture_output=True)
    if archive.returncode:
        pytest.skip(f"this clone has no {tag} (git fetch --tags); the two tests above compare the schemas")
    subprocess.run(["tar", "-x", "-C", tmp_path], input=archive.stdout, check=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/models", "tests/blueprints"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [*command, "--fast"], cwd=tmp_path, env=environment | {"SCHEMA_OF": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:]
