"""An account to try models in, without pages around them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from models.database.tenancy import in_account
from tests.fixtures.people import Team


@pytest.fixture
def account_id(app: Flask, aperture: Team) -> Iterator[uuid.UUID]:
    """Aperture Science, as the account that is meant."""
    with app.app_context(), in_account(aperture.id):
        yield aperture.id
