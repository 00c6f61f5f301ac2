"""The app under test, on a database of its own, and the ways in: a browser, a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import create_app
from config import Settings
from models.base import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner


def settings_for(database_url: str) -> Settings:
    """The settings of an app under test."""
    return Settings(
        secret_key="a key that signs nothing but tests",
        public_url="http://localhost",
        database_url=database_url,
    )


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings of the app under test; a module overrides this fixture to test others."""
    return settings_for(database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The real app, on an empty database of its own. An exception that no handler expects fails the test."""
    app = create_app(settings)
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Someone's browser, not signed in."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """An operator at the command line."""
    return app.test_cli_runner()
