"""Alice and an app that she is about to connect. A module that needs another app overrides `claude`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.assistant import Assistant
from tests.fixtures.people import Person


@pytest.fixture
def browser(browser_of: Callable[[Person], FlaskClient], alice: Person) -> FlaskClient:
    """Alice, signed in."""
    return browser_of(alice)


@pytest.fixture
def claude(app: Flask) -> Assistant:
    """An app that has registered and is not connected."""
    return Assistant(app).register()
