"""The sign-in page says that an app waits, and names only an app that is known to have this name."""

from __future__ import annotations

import pytest

from models.clients.client import Client
from models.database.base import db
from tests.assistant import Assistant
from tests.pages import text_of

SOME_APP = "An app is waiting for your answer."


def sign_in_page(app, assistant, **asked):
    stranger = app.test_client()
    return text_of(stranger.get(assistant.ask(stranger, **asked).location))


@pytest.fixture
def published(app):
    """An app with a document that was read before."""

    def make(name, client_id="https://claude.ai/client", uri="https://claude.ai/callback"):
        with app.app_context():
            client, _ = Client.register(name, [uri], kind="preregistered")
            client.kind, client.client_id = "document", client_id
            db.session.commit()
        return Assistant(app, name, uri, client_id=client_id)

    return make


def test_an_app_whose_host_is_proven_is_named(app, published):
    said = sign_in_page(app, published("Claude"))
    assert "Claude is waiting for your answer. It was published by claude.ai." in said


def test_so_it_is_when_its_request_is_kept_because_it_is_long(app, published):
    assert "Claude is waiting" in sign_in_page(app, published("Claude"), state="x" * 3_000)


def test_an_app_that_could_be_anybodys_is_not_named(app, published):
    strangers = [
        Assistant(app, "Enter your bank password").register(),
        published("Claude", "https://evil.example/client", "https://evil.example/callback"),
        published("Local", "https://app.example/client", "http://localhost/callback"),
        Assistant(app, client_id="unknown"),
    ]
    for stranger in strangers:
        said = sign_in_page(app, stranger)
        assert SOME_APP in said
        assert stranger.name not in said


def test_nor_is_one_whose_answer_would_go_elsewhere(app, published):
    said = sign_in_page(app, published("Claude"), redirect_uri="https://evil.example/callback")
    assert SOME_APP in said
    assert "Claude" not in said


@pytest.mark.parametrize("address", ["/sign-in", "/sign-in?next=/profiles", "/sign-in?next=/authorize/unknown"])
def test_without_an_app_nothing_is_said(app, address):
    assert "waiting" not in text_of(app.test_client().get(address))


def test_a_device_waits_too(app):
    assert SOME_APP in text_of(app.test_client().get("/device", follow_redirects=True))
