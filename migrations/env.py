"""How migrations run: one process at a time, each migration a transaction of its own, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from models.database.base import db
from models.database.schema import Schema, migrating_alone, schema_of

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationInfo

config = context.config
UNUSABLE = {
    Schema.NEWER: "This database was migrated by a newer version of Profile, and this version cannot change it. Nothing was changed. "
    "Run the newer version, or restore a backup that was made before the upgrade.",
    Schema.FOREIGN: "This database has tables of another program. Nothing was changed. Give Profile a database of its own (DATABASE_URL).",
}


def run_online() -> None:
    # The engine begins transactions explicitly, also on SQLite: otherwise its leading DDL would commit at once and a
    # migration that fails half-way would leave half a schema.
    with (
        reachable() as connection,
        saying_what_is_locked(),
        migrating_alone(connection, say_waiting),
        without_cascades(connection),
    ):
        if problem := UNUSABLE.get(schema_of(connection)):
            raise CommandError(problem)
        connection.rollback()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            transactional_ddl=True,
            on_version_apply=Progress().say,  # type: ignore[arg-type]  # Alembic names what it gives
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


class Progress:
    """Says each migration that has run, with its seconds."""

    def __init__(self) -> None:
        self.since = perf_counter()

    def say(self, *, step: MigrationInfo, **_given: Any) -> None:
        took, self.since = perf_counter() - self.since, perf_counter()
        about = str(getattr(step.up_revision, "doc", "")).rstrip(".")
        away = "" if step.is_upgrade else " (taken back)"
        click.echo(f"Migration {step.up_revision_id}{away}: {about} ({took:.1f} s)", err=True)


def say_waiting() -> None:
    click.echo("Another process is migrating this database. Waiting for it to finish …", err=True)


@contextmanager
def reachable() -> Iterator[Connection]:
    """A connection to the database, or a sentence about why there is none."""
    try:
        connection = db.engine.connect()
    except OperationalError as error:
        raise CommandError(
            "The database cannot be opened, so nothing was migrated. Check DATABASE_URL. "
            f"The database says: {str(error.orig).strip()}"
        ) from error
    with connection:
        yield connection


@contextmanager
def saying_what_is_locked() -> Iterator[None]:
    """A migration that waits for a table keeps everybody waiting behind it who reads that table, so it gives up as soon as they would."""
    try:
        yield
    except OperationalError as error:
        # PostgreSQL's lock_not_available, and SQLite's only words for it.
        if getattr(error.orig, "sqlstate", "") != "55P03" and "database is locked" not in str(error.orig):
            raise
        raise CommandError(
            "Another connection has held a lock in the database for too long, so the next migration did not run. Nothing was left "
            "half done. Try again in a moment. If that does not help, stop the server and its worker first."
        ) from error


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew and dropping the old one, which would delete every row that refers to it.

    So references are not enforced meanwhile, and all of them are checked at the end (SQLite's own advice for such changes).
    """
    sqlite = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if sqlite is None:
        yield
        return
    sqlite.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        if broken := sqlite.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(
                f"the migration left {len(broken)} rows that refer to nothing, the first in {broken[0][0]}"
            )
    finally:
        sqlite.execute("PRAGMA foreign_keys = ON")


def run_offline() -> None:
    context.configure(url=str(db.engine.url), target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
