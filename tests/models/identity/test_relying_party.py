"""Whom passkeys are for."""

from __future__ import annotations

import pytest

from models.identity.relying_party import Party
from tests.for_each import for_each


@for_each(
    ("public_url", "name", "origin"),
    [
        ("https://profile.example.com", "profile.example.com", "https://profile.example.com"),
        ("https://Profile.Example.com:443", "profile.example.com", "https://profile.example.com"),
        ("https://profile.example.com:8443", "profile.example.com", "https://profile.example.com:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:80", "localhost", "http://localhost"),
    ],
)
def test_a_server_with_a_name_is_known_by_its_origin_as_browsers_write_it(public_url, name, origin):
    assert Party.at(public_url) == Party(name, origin)


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "http://[::1]:8000", "https://192.0.2.7"])
def test_for_a_number_browsers_make_no_passkeys(public_url):
    assert Party.at(public_url) is None
