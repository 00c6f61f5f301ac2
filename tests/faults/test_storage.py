"""The disk is full, or the audit log takes nothing: every call is refused, nothing is half written, and it goes on by itself."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from models.database.base import db
from models.database.engine import only_reading
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.databases import migrate
from tests.killable import KillablePostgres
from tests.postgres import PostgresServer
from tests.races.crashing import HANDS

REFUSED = 20
RECOVERS_WITHIN = 5.0
SIZE = 64
"""Megabytes of the small disk."""


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of its own, in memory, that a test can fill."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mounted, capture_output=True).returncode != 0:
        pytest.skip("only root can make a small disk here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def database_url(request, database, new_database, tmp_path) -> Iterator[str]:
    """On the small disk, for the test that fills it."""
    if "small_disk" not in request.fixturenames:
        with new_database("test") as url:
            yield url
    elif database == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('small_disk') / 'profile.db'}"
        migrate(url)
        yield url
    else:
        yield from on_small_tablespace(request.getfixturevalue("small_disk"), tmp_path)


def on_small_tablespace(small_disk: Path, tmp_path: Path) -> Iterator[str]:
    """Its log is on another disk, as in production it should be: PostgreSQL itself stops without room for that."""
    home = tmp_path / "postgres"
    home.mkdir()
    for each in (tmp_path, *tmp_path.parents[:3]):
        with suppress(PermissionError):
            each.chmod(each.stat().st_mode | 0o011)
    server = KillablePostgres(home)
    try:
        os.chown(small_disk, server.runner["user"], server.runner["group"])
        small_disk.chmod(0o700)
        with psycopg.connect(host=str(home), port=server.port, user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
            connection.execute("CREATE DATABASE test OWNER profile TEMPLATE template0 TABLESPACE small")
        url = PostgresServer(server.port).url("test")
        migrate(url)
        yield url
    finally:
        server.kill()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte more fits inside the block."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    try:
        yield
    finally:
        ballast.unlink()


def test_a_full_disk_refuses_and_loses_nothing(machine, small_disk, crew_of, rounds, check, figures):
    for number in rounds:
        crew = crew_of(number)
        with crew.working():
            with full(small_disk):
                crew.wait_until_denied(REFUSED, 507)
            recovery = crew.wait_until_done(1)
            figures(recovery=recovery)
            assert recovery <= RECOVERS_WITHIN
            crew.wait_until_done(2 * HANDS)
        assert set(crew.statuses) == {200, 507}
        check(crew)


@contextmanager
def without_entries(url: str) -> Iterator[None]:
    """The audit log takes no entry inside the block."""
    if url.startswith("sqlite"):
        fail = ["CREATE TRIGGER broken BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no entry'); END"]
        undo = ["DROP TRIGGER broken"]
    else:
        fail = [
            "CREATE FUNCTION no_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no entry'; END $$",
            "CREATE TRIGGER broken BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION no_entry()",
        ]
        undo = ["DROP TRIGGER broken ON audit_entry", "DROP FUNCTION no_entry"]
    execute(url, fail)
    try:
        yield
    finally:
        execute(url, undo)


def execute(url: str, statements: list[str]) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as file:
            for each in statements:
                file.execute(each)
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            for each in statements:
                connection.execute(each)


@pytest.fixture
def tags(app, alice):
    def count() -> int:
        with app.app_context(), in_account(alice.account_id), only_reading():
            found = db.session.scalar(select(func.count()).select_from(Tag))
            db.session.rollback()
            db.engine.dispose()
            return found or 0

    return count


def test_without_an_entry_nothing_is_done(machine, settings, crew_of, rounds, check, figures, tags):
    for number in rounds:
        crew = crew_of(number)
        with crew.working():
            with without_entries(settings.database_url):
                before = tags()
                crew.wait_until_denied(REFUSED)
                assert tags() == before
            crew.wait_until_done(2 * HANDS)
        check(crew)
