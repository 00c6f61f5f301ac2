"""Journeys go over the network, to a real server."""

import pytest


@pytest.fixture
def public_url(address):
    return address
