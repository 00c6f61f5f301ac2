"""A server that cannot reach the internet does not say that it fetches documents of apps; apps register, and those it knew go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import update

from models.clients.client import Client
from models.database.base import db, now
from models.oauth.tokens import issue_refresh_token
from tests.assistant import CALLBACK, Assistant
from tests.pages import text_of

URL = "https://app.example/client.json"
KEYS_URL = "https://app.example/jwks.json"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def settings(settings):
    return replace(settings, client_documents=False)


def test_the_metadata_does_not_name_what_is_not_there(client):
    document = client.get("/.well-known/oauth-authorization-server").json
    assert "client_id_metadata_document_supported" not in document
    assert [name for name in document if "signing_alg" in name] == []
    assert document["token_endpoint_auth_methods_supported"] == ["none", "client_secret_post", "client_secret_basic"]
    assert document["registration_endpoint"] == "http://localhost/register"


def test_an_app_that_comes_by_an_address_is_told_to_register(browser, app, publisher):
    publisher.publish(URL, {"client_id": URL, "client_name": "App", "redirect_uris": [CALLBACK]})
    answer = Assistant(app, client_id=URL).ask(browser)
    assert answer.status_code == 400
    assert answer.location is None
    assert "Register at its registration_endpoint instead" in text_of(answer)
    assert publisher.dialled == []


def test_the_same_app_registers_and_completes(browser, app):
    assert Assistant(app).register().connect(browser).refresh().status_code == 200


@pytest.fixture
def known(app, connect, alice):
    """An app that Alice connected when the server still fetched documents. Its own is to be asked for again by now."""
    connected = connect(alice)
    with app.app_context():
        long_ago = {"document_fresh_until": now() - timedelta(days=1), "jwks_uri": KEYS_URL}
        db.session.execute(update(Client).values(client_id=URL, kind="document", likeness=None, **long_ago))
        known = Assistant(app, client_id=URL, access_token=connected.token)
        known.refresh_token = issue_refresh_token(connected.authorization_id)
        db.session.commit()
    return known


def test_an_app_that_was_known_by_its_document_goes_on(known):
    assert known.keep(known.refresh()).refresh().status_code == 200


def test_and_nothing_is_fetched_for_it(known, publisher):
    claims = {"iss": URL, "sub": URL, "aud": "http://localhost/token", "exp": int(now().timestamp()) + 60, "jti": "1"}
    key = ECKey.generate_key("P-256")
    assertion = jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])
    answer = known.refresh(client_assertion_type=TYPE, client_assertion=assertion)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert publisher.dialled == []
