"""The app under test, on its own database, and the ways in: a browser, a command line."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from jinja2 import FileSystemBytecodeCache

from app import create_app
from config import Settings
from models import secrets
from models.database.base import db
from models.request_scope import open_scope
from models.secrets import use_server_key
from tests.page_rules import PageChecker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner


# Argon2id as in the product, but cheap: tens of milliseconds for each password add up in a suite.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_configure() -> None:
    """Hash passwords cheaply in this process."""
    secrets.hasher, secrets.NOBODYS_HASH = CHEAP, CHEAP.hash(secrets.mint(""))


def settings_for(database_url: str, public_url: str = "http://localhost", mail_url: str = "") -> Settings:
    """The settings of an app under test, with the default limits."""
    return Settings(
        secret_key="a key that signs nothing but tests",
        public_url=public_url,
        database_url=database_url,
        # Some tests have many threads in one process.
        database_connections=40,
        mail_url=mail_url,
        mail_from="Profile <profile@example.com>",
    )


def unhurried(settings: Settings) -> Settings:
    """The same with limits that are never reached, for tests that are not about limits; counting goes on."""
    limits: dict[str, Any] = {each.name: 1_000_000 for each in fields(settings) if each.name.startswith("limit_")}
    return replace(settings, **limits)


@pytest.fixture
def public_url(request: pytest.FixtureRequest) -> str:
    """The origin that the app believes it has: in tests over the network, that of its server."""
    served = not {"server", "serve", "listener"}.isdisjoint(request.fixturenames)
    return str(request.getfixturevalue("address")) if served else "http://localhost"


@pytest.fixture
def settings(database_url: str, public_url: str, mail_url: str) -> Settings:
    """The settings of the app under test; a module overrides this fixture to test others."""
    return unhurried(settings_for(database_url, public_url, mail_url))


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The real app, on its own empty database. An exception that no handler expects fails the test."""
    app = app_with(settings)
    use_server_key(settings.secret_key)
    # What a test does itself runs in one scope; requests and commands open their own scopes inside it.
    with open_scope():
        yield app
    with app.app_context():
        db.engine.dispose()


@lru_cache(maxsize=24)
def app_with(settings: Settings) -> Flask:
    """Created once for many tests: templates, routes and statements are compiled once; each test has its own data."""
    app = create_app(settings)
    app.testing = True
    app.test_client_class = PageChecker
    # Each template is compiled once for all workers of all runs, until it changes.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()
    with app.app_context():
        # A test run knows more statements than the engine would keep.
        db.engine.update_execution_options(compiled_cache={})
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """A server administrator at the command line."""
    return app.test_cli_runner()
