"""Connected apps: a member sees what they connected, and ends it at once."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.connections.connection import Connection
from models.database.base import db, now
from models.oauth.bearer import bearer_of
from models.oauth.tokens import AuthorizationCode
from models.permissions import Role
from models.secrets import fingerprint
from tests.assistant import Assistant
from tests.pages import csrf_token, text_of

LIST = "/settings/connections"


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def claude(app, browser):
    return Assistant(app).register().connect(browser, deny=["account:write"])


def revocation_of(browser):
    found = re.search(rf'href="({LIST}/[^"]+/revocation)"', browser.get(LIST).text)
    assert found
    return found.group(1)


def revoke(browser, path):
    return browser.post(path, data={"csrf_token": csrf_token(browser, path)})


def test_without_a_connection_the_page_says_how_to_make_one(browser):
    said = browser.get(LIST)
    assert "No connected apps" in text_of(said)
    assert 'href="/settings/connections/new"' in said.text


@pytest.mark.asvs("10.7.3")
def test_a_connection_shows_its_app_account_and_scopes_granted_and_denied(browser, claude, alice):
    said = text_of(browser.get(LIST))
    for fact in (
        "Claude",
        alice.account_name,
        "Not verified.",
        "See people",
        "Change account settings and aliases account:write",
    ):
        assert fact in said
    assert said.index("account:read") < said.index("Denied") < said.index("account:write")


@pytest.mark.asvs("10.4.9")
def test_revoking_asks_first_and_then_ends_everything_at_once(app, browser, claude):
    path = revocation_of(browser)
    assert "immediately" in text_of(browser.get(path))
    answer = revoke(browser, path)
    assert (answer.status_code, answer.location) == (302, LIST)
    with app.app_context():
        assert bearer_of(claude.access_token).ended == "revoked"
    assert claude.refresh().json["error"] == "invalid_grant"


def test_a_revoked_connection_stays_as_history(browser, claude):
    revoke(browser, revocation_of(browser))
    said = text_of(browser.get(LIST))
    assert "no longer has access to" in said
    assert "No longer connected" in said
    assert "/revocation" not in browser.get(LIST).text


def test_revoking_twice_is_no_mistake(browser, claude):
    path = revocation_of(browser)
    revoke(browser, path)
    assert revoke(browser, path).status_code == 302


def test_one_person_cannot_disconnect_anothers_app(app, browser, claude, browser_of, bob, charlie, eve):
    path = revocation_of(browser)
    unknown = f"{LIST}/{uuid.uuid4()}/revocation"
    for stranger in (bob, charlie, eve):
        theirs = browser_of(stranger)
        token = csrf_token(theirs, LIST)
        assert theirs.get(path).status_code == theirs.get(unknown).status_code == 404
        assert theirs.post(path, data={"csrf_token": token}).status_code == 404
        assert "Claude" not in text_of(theirs.get(LIST))
    with app.app_context():
        assert bearer_of(claude.access_token).ended is None


def test_nobody_sees_connections_without_signing_in(app):
    answer = app.test_client().get(LIST)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


def test_a_second_consent_is_a_second_installation_of_the_same_connection(app, browser, claude):
    phone = Assistant(app, client_id=claude.client_id).connect(browser, scope="account:write")
    assert browser.get(LIST).text.count("/revocation") == 1
    assert claude.refresh().json["scope"].split() == ["profiles:read", "profiles:write", "tags:manage", "account:read"]
    assert phone.refresh().json["scope"] == "account:write"


def test_connecting_again_after_a_revocation_makes_a_new_connection(app, browser, claude):
    revoke(browser, revocation_of(browser))
    again = Assistant(app, client_id=claude.client_id).connect(browser)
    assert again.refresh().status_code == 200
    assert claude.refresh().status_code == 400


def test_one_connection_per_account_side_by_side(app, browser_of, new_person, aperture, black_mesa):
    new_person("Both", aperture, Role.OWNER)
    browser = browser_of(new_person("Both", black_mesa, Role.OWNER))
    first = Assistant(app).register().connect(browser, account=str(aperture.id))
    second = Assistant(app, client_id=first.client_id).connect(browser, account=str(black_mesa.id))
    assert browser.get(LIST).text.count("/revocation") == 2
    with app.app_context():
        assert {bearer_of(a.access_token).account_id for a in (first, second)} == {aperture.id, black_mesa.id}


def test_a_connection_that_lapsed_says_that_it_must_reconnect(app, browser, claude):
    claude.wire.post("/revoke", data={"token": claude.refresh_token, "client_id": claude.client_id})
    assert "Reconnect required" in text_of(browser.get(LIST))


def test_reuse_that_ended_an_installation_is_shown_with_its_reason_until_the_app_is_connected_again(browser, claude):
    claude.refresh(claude.refresh().json["refresh_token"])
    assert claude.refresh().json["error"] == "invalid_grant"
    said = text_of(browser.get(LIST))
    assert "A device of this app was disconnected just now , because its refresh token was used twice." in said
    claude.connect(browser, deny=["account:write"])
    assert "was disconnected" not in text_of(browser.get(LIST))


@pytest.mark.both_databases
def test_an_attempt_that_its_app_abandoned_is_no_device(app, browser, claude):
    with app.app_context():
        connection = db.session.scalars(select(Connection)).one()
        there = f"{LIST}/{connection.id}"
        code = AuthorizationCode.issue(connection.authorizations[0], "challenge", None)
        db.session.commit()
    # Allowed, and the app may still fetch its token.
    assert ["Connected just now by an app on a computer" in text_of(browser.get(page)) for page in (LIST, there)] == [
        True
    ] * 2
    with app.app_context():
        db.session.execute(
            update(AuthorizationCode)
            .where(AuthorizationCode.code_hash == fingerprint(code))
            .values(expires_at=now() - timedelta(seconds=1))
        )
        db.session.commit()
    assert ["by an app on a computer" in text_of(browser.get(page)) for page in (LIST, there)] == [False] * 2
