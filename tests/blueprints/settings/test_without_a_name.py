"""A server that is reached by a number offers no passkeys, and says why."""

from __future__ import annotations

from functools import partial

import pytest

from tests.pages import csrf_token, text_of

HOW = "/settings/sign-in"


@pytest.fixture
def public_url():
    return "http://127.0.0.1"


@pytest.fixture
def browser(app):
    """Somebody's, which asks for the number."""
    client = app.test_client()
    client.open = partial(client.open, base_url="http://127.0.0.1")
    return client


@pytest.fixture
def at_the_number(browser, alice, sign_in):
    return sign_in(browser, alice)


def test_the_pages_say_what_is_possible_instead(at_the_number):
    assert "Passkeys need a server with a domain name" in text_of(at_the_number.get(HOW))
    page = text_of(at_the_number.get(f"{HOW}/passkeys"))
    assert "set up an authenticator app" in page
    assert "data-passkey" not in page


def test_nothing_is_offered_at_sign_in(browser):
    page = browser.get("/sign-in")
    assert page.status_code == 200
    assert "passkey" not in text_of(page)


@pytest.mark.parametrize("path", [f"{HOW}/passkeys/challenge", "/sign-in/passkey/challenge"])
def test_no_challenge_is_given(at_the_number, path):
    form = {"csrf_token": csrf_token(at_the_number, HOW), "purpose": "sign_in"}
    assert at_the_number.post(path, data=form).status_code == 404
