"""Every test that touches data runs on its own copy of a freshly migrated database; `usual` says on which kind."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import flask_migrate
import pytest

from app import create_app
from models.database.base import db
from tests.application import settings_for
from tests.machine import memory, report_missing
from tests.postgres import NoPostgres, PostgresServer, postgres_server

Copier = Callable[[str], AbstractContextManager[str]]
SERVER = pytest.StashKey[PostgresServer]()
# What a database can change is tried on both.
ON_BOTH = ("models", "test_migrations.py")
# Here transactions run side by side; on SQLite one writes at a time.
ON_POSTGRES = ("races",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres", "both"],
        help="where every test keeps its data (default: on SQLite, and where that matters on PostgreSQL too)",
    )
    parser.addoption(
        "--everything", action="store_true", help="every test, on both databases, races with all their rounds"
    )


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL for the whole run: this process starts it, and tells its workers the port."""
    if hasattr(config, "workerinput"):
        if port := config.workerinput["postgres_port"]:
            config.stash[SERVER] = PostgresServer(port)
    elif config.getoption("--database") != "sqlite" and not config.getoption("collectonly"):
        start_postgres(config)


def start_postgres(config: pytest.Config) -> None:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        config.stash[SERVER] = stack.enter_context(postgres_server())
    except NoPostgres as missing:
        if config.getoption("--database") == "postgres":
            raise pytest.UsageError(str(missing)) from missing
        report_missing(config, "postgres", f"{missing}; every test that touches data ran on SQLite only")
    # A run that is terminated (by a time limit, say) ends as if by Ctrl-C, and stops the server.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    server = node.config.stash.get(SERVER, None)
    node.workerinput["postgres_port"] = server and server.port


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", kinds(metafunc), indirect=True, scope="session")


def kinds(metafunc: pytest.Metafunc) -> list[str]:
    config = metafunc.config
    chosen = config.getoption("--database") or ("both" if config.getoption("--everything") else usual(metafunc))
    both = ["sqlite", "postgres"] if SERVER in config.stash or config.getoption("collectonly") else ["sqlite"]
    only = metafunc.definition.get_closest_marker("only")
    wanted = both if chosen == "both" else [chosen] if chosen in both else ["sqlite"]
    return [kind for kind in wanted if only is None or kind in only.args]


def usual(metafunc: pytest.Metafunc) -> str:
    """Where this test keeps its data in the usual run: on SQLite, if nothing else is said."""
    place, both = top_level(metafunc.definition.path), metafunc.definition.get_closest_marker("both_databases")
    if place in ON_BOTH or both is not None:
        return "both"
    return "postgres" if place in ON_POSTGRES else "sqlite"


@cache
def top_level(file: Path) -> str:
    """The folder, or the file, directly in tests/ that this is."""
    return file.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database this test runs on: sqlite, then postgres."""
    return str(request.param)


@pytest.fixture
def database_url(new_database: Copier) -> Iterator[str]:
    """The URL of a migrated, empty database that belongs to this test alone."""
    with new_database("test") as url:
        yield url


@pytest.fixture(scope="session")
def new_database(database: str, copiers: Callable[[str], Copier]) -> Copier:
    """Creates migrated, empty databases of this kind: `with new_database("busy") as url`. The same name has the same URL."""
    return copiers(database)


@pytest.fixture(scope="session")
def copiers(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Copier]]:
    """A copier for each kind of database, created on first use: migrations run once per worker and kind."""
    with tempfile.TemporaryDirectory(prefix="profile-sqlite-", dir=memory()) as directory:

        @cache
        def copier(kind: str) -> Copier:
            if kind == "sqlite":
                return sqlite_copies(Path(directory))
            worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
            return postgres_copies(request.config.stash[SERVER], worker)

        yield copier


def sqlite_copies(directory: Path) -> Copier:
    template = directory / "template.db"
    migrate(f"sqlite:///{template}")
    with sqlite3.connect(template) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    @contextmanager
    def copy(name: str) -> Iterator[str]:
        file = directory / f"{name}.db"
        shutil.copyfile(template, file)
        yield f"sqlite:///{file}"
        # Keep the file that writers queue on: processes that have it open must meet the others there.
        for end in ("", "-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)

    return copy


def postgres_copies(server: PostgresServer, worker: str) -> Copier:
    template = f"template_{worker}"
    migrate(server.create(template))

    @contextmanager
    def copy(name: str) -> Iterator[str]:
        yield server.create(f"{name}_{worker}", template)
        server.drop(f"{name}_{worker}")

    return copy


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema with the migrations that a deployment runs: those of a newer version, if SCHEMA_OF
    is its directory (tests/upgrade)."""
    if newer := os.environ.get("SCHEMA_OF"):
        settings = {"SECRET_KEY": "k" * 32, "PUBLIC_URL": "http://localhost", "DATABASE_URL": url}
        command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        subprocess.run(command, cwd=newer, env=os.environ | settings, check=True, capture_output=True)
        return
    with create_app(settings_for(url)).app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
