"""A migration takes away only what no version uses that could still run: it says since which version the code does without."""

from __future__ import annotations

import ast
import re
from textwrap import dedent

import pytest

from config import ROOT
from tests.for_each import for_each
from tests.upgrade.baseline import baseline
from version import VERSION

MIGRATIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
TAKING = {"drop_column", "drop_table", "rename_table"}
IN_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN))\b", re.IGNORECASE)


def takes_away(source):
    """Whether its `upgrade` drops or renames a table or a column."""
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"]
    for node in (each for function in functions for each in ast.walk(function)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            renames = called == "alter_column" and any(each.arg == "new_column_name" for each in node.keywords)
            if called in TAKING or renames:
                return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_SQL.search(node.value):
            return True
    return False


def unused_since(source):
    """The version in which the code stopped to use what this migration takes away; None if it does not say."""
    found = re.search(r'^UNUSED_SINCE = "(\d+\.\d+\.\d+)"$', source, re.MULTILINE)
    return found and number(found[1])


def number(version):
    return tuple(map(int, version.split(".")))


def test_what_a_migration_takes_away_is_unused_since_an_earlier_version():
    for file in MIGRATIONS:
        source = file.read_text(encoding="utf-8")
        if file.name[:4] > baseline()["revision"] and takes_away(source):
            since = unused_since(source)
            assert since is not None, f"{file.name} drops or renames something. Say UNUSED_SINCE (CONTRIBUTING.md)"
            assert since < number(VERSION), f"{file.name}: the version before this one still uses it"


@for_each(
    ("statement", "taking"),
    [
        ('op.drop_column("tag", "color")', True),
        ('op.rename_table("tag", "label")', True),
        ('op.alter_column("tag", "color", new_column_name="colour")', True),
        ('with op.batch_alter_table("tag") as tag:\n        tag.drop_column("color")', True),
        ('op.execute("ALTER TABLE tag DROP COLUMN color")', True),
        ('op.alter_column("tag", "color", nullable=True)', False),
        ('op.add_column("tag", sa.Column("color", sa.Text()))', False),
    ],
)
def test_what_takes_away_is_noticed(statement, taking):
    assert takes_away(f"def upgrade():\n    {statement}\n") is taking
    assert not takes_away(f"def downgrade():\n    {statement}\n")


@pytest.mark.parametrize("said", ['UNUSED_SINCE = "1.2.0"', "UNUSED_SINCE = '1.2.0'", ""])
def test_the_version_is_read(said):
    assert unused_since(dedent(said)) == ((1, 2, 0) if '"' in said else None)
