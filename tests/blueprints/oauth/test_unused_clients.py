"""Apps that nobody uses are tidied away, but never one that something names, and never at the cost of a request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError

from models.clients.client import Client
from models.database.base import db, new_id, now, table_of
from models.demo import fill
from models.oauth import unused_clients
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DEVICE_GRANT
from models.oauth.unused_clients import MOST_UNUSED, tidy_clients
from models.request_scope import Actor, open_scope
from tests.assistant import Assistant, decide

pytestmark = pytest.mark.both_databases

ELSEWHERE = "198.51.100.7"
URL = "https://app.example/client.json"


@pytest.fixture
def known(app):
    """Whether an app is still known, by its public identifier."""

    def ask(client_id):
        with app.app_context():
            return Client.by_client_id(client_id) is not None

    return ask


@pytest.fixture
def a_day_later(app):
    """Every app was last seen longer ago than an unused one lives."""

    def move():
        with app.app_context():
            db.session.execute(update(Client).values(seen_at=now() - timedelta(days=3)))
            db.session.commit()

    return move


def flood(app, network, number, **more):
    """So many unused apps from one network, written at once."""
    with app.app_context(), open_scope(Actor(address=network)):
        like, _ = Client.register(f"First of {network}", ["http://localhost/cb"])
        db.session.flush()
        row = {column.name: getattr(like, column.name) for column in table_of(Client).columns} | more
        rows = [row | {"id": new_id(), "client_id": f"{network} {place}", "likeness": None} for place in range(number)]
        db.session.execute(insert(Client), rows)
        db.session.commit()


def test_a_day_after_the_demo_apps_still_register_and_publish(app, browser, publisher, a_day_later):
    with app.app_context(), open_scope():
        fill(2)
        db.session.execute(update(Client).values(first_used_at=None))
        db.session.commit()
    a_day_later()
    assert Assistant(app, "New").register().ask(browser).status_code == 200
    publisher.publish(URL, {"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]})
    assert Assistant(app, "App", "https://app.example/cb", client_id=URL).ask(browser).status_code == 200


def test_what_a_connection_or_a_lasting_denial_names_stays_even_if_it_was_never_marked(
    app, browser, known, a_day_later
):
    connected = Assistant(app, "Connected").register().connect(browser)
    denied, gone = Assistant(app, "Denied").register(), Assistant(app, "Gone").register()
    decide(browser, denied.ask(browser), "deny", never="1")
    with app.app_context():
        db.session.execute(update(Client).values(first_used_at=None))
        db.session.execute(update(ConsentRequest).values(expires_at=now()))
        db.session.commit()
    a_day_later()
    Assistant(app, "Next").register()
    assert [known(each.client_id) for each in (connected, denied, gone)] == [True, True, False]
    assert connected.refresh().status_code == 200


def test_an_app_that_registers_again_is_renewed(app, known, a_day_later):
    first = Assistant(app, "Again").register()
    other = Assistant(app, "Gone").register()
    a_day_later()
    assert Assistant(app, "Again").register().client_id == first.client_id
    assert known(first.client_id)
    assert not known(other.client_id)


def test_an_open_consent_page_keeps_its_app_for_as_long_as_it_is_valid(app, browser, known, a_day_later):
    asking = Assistant(app, "Asking").register()
    page = asking.ask(browser)
    a_day_later()
    Assistant(app, "Next").register()
    assert asking.redeem(asking.code_in(decide(browser, page))).status_code == 200

    later = Assistant(app, "Later").register()
    later.ask(browser)
    a_day_later()
    with app.app_context():
        db.session.execute(update(ConsentRequest).values(expires_at=now()))
        db.session.commit()
    Assistant(app, "Another").register()
    assert not known(later.client_id)


def test_a_pending_device_keeps_its_app(app, known, a_day_later):
    device = Assistant(app, "Device").register(grant_types=[DEVICE_GRANT, "refresh_token"], redirect_uris=[])
    asked = device.wire.post("/device_authorization", data={"client_id": device.client_id})
    assert asked.status_code == 200
    a_day_later()
    Assistant(app, "Next").register()
    assert known(device.client_id)


def test_a_flood_from_one_network_displaces_its_own_apps_first(app, known):
    victim = app.test_client(use_cookies=False)
    metadata = {"client_name": "Quiet", "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "none"}
    quiet = victim.post("/register", json=metadata, environ_base={"REMOTE_ADDR": ELSEWHERE}).json["client_id"]
    flood(app, "192.0.2.0/24", MOST_UNUSED, seen_at=now() + timedelta(hours=1))
    another = {**metadata, "client_name": "Another"}
    answer = victim.post("/register", json=another, environ_base={"REMOTE_ADDR": ELSEWHERE})
    assert answer.status_code == 201
    assert known(quiet)
    assert known(answer.json["client_id"])
    assert not known("192.0.2.0/24 0") or not known("192.0.2.0/24 1")
    with app.app_context():
        assert db.session.query(Client).filter(Client.first_used_at.is_(None)).count() == MOST_UNUSED


def test_a_flood_never_displaces_an_app_whose_consent_page_is_open(app, browser, known):
    asking = Assistant(app, "Asking").register()
    asking.ask(browser)
    flood(app, "127.0.0.0/24", MOST_UNUSED, seen_at=now() + timedelta(hours=1))
    Assistant(app, "Next").register()
    assert known(asking.client_id)


def test_a_registration_works_even_if_tidying_fails(app, monkeypatch, caplog):
    def fail(*_given):
        raise OperationalError("DELETE", {}, Exception("no"))

    monkeypatch.setattr(unused_clients, "delete_unused", fail)
    assert Assistant(app, "New").register().client_id
    assert "could not be deleted" in caplog.text


def test_where_an_app_came_from_is_forgotten_once_it_is_used(app, browser):
    app_of_alice = Assistant(app, "Claude").register()
    with app.app_context():
        assert Client.by_client_id(app_of_alice.client_id).network is not None
    app_of_alice.connect(browser)
    Assistant(app, "Claude").register()
    with app.app_context():
        tidy_clients()
        assert Client.by_client_id(app_of_alice.client_id).network is None
