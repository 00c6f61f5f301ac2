"""How often strangers can make this server fetch something: bounded for a host, a network and a person. Nobody uses up another's share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import g

from blueprints.oauth.client_id_metadata_documents import shares_of
from models.database.base import db
from models.rate_limits.buckets import MINUTE, Throttle, take
from tests.assistant import Assistant
from tests.publisher import PUBLIC

URL = "https://app.example/client.json"
CALLBACK = "https://app.example/callback"


@pytest.fixture
def settings(settings):
    """Three fetches a minute from a host for a person, nine for a network and thirty for all; six for a person from all hosts."""
    return replace(settings, limit_fetches=3)


@pytest.fixture
def crowd(new_person, aperture):
    """So many other members."""
    return lambda number: [new_person(f"Member{each}", aperture) for each in range(number)]


def document(url):
    return {"client_id": url, "client_name": "App", "redirect_uris": [CALLBACK]}


def ask(app, browser, url):
    return Assistant(app, "App", CALLBACK, client_id=url).ask(browser).status_code


def use_up(app, browser, host="app.example"):
    """Ask for documents that are not there until the host is not asked any more."""
    assert [ask(app, browser, f"https://{host}/{number}") for number in range(4)] == [400] * 4


def test_a_host_is_asked_so_often_a_minute_and_another_host_still_is(app, publisher, browser):
    use_up(app, browser)
    assert len(publisher.dialled) == 3
    other = "https://other.example/c"
    publisher.publish(other, document(other))
    assert ask(app, browser, other) == 200


def test_nobody_can_keep_others_from_an_app_that_people_have_connected(app, publisher, browser, browser_of, bob):
    publisher.publish(URL, document(URL), "Cache-Control: no-store")
    Assistant(app, "App", CALLBACK, client_id=URL).connect(browser)
    use_up(app, browser)
    assert ask(app, browser_of(bob), URL) == 200


def test_who_uses_up_a_host_keeps_out_nobody_else(app, publisher, browser, browser_of, bob):
    use_up(app, browser)
    publisher.publish(URL, document(URL))
    assert ask(app, browser, URL) == 400
    assert ask(app, browser_of(bob), URL) == 200


def test_nor_from_an_app_that_people_have_connected(app, publisher, browser, browser_of, bob):
    publisher.publish(URL, document(URL), "Cache-Control: no-store")
    Assistant(app, "App", CALLBACK, client_id=URL).connect(browser)
    assert [ask(app, browser, URL) for _ in range(4)] == [200, 200, 200, 400]
    assert ask(app, browser_of(bob), URL) == 200


def test_a_network_uses_up_a_host_for_itself_alone(app, publisher, browser_of, bob, crowd):
    for member in crowd(3):
        use_up(app, browser_of(member))
    publisher.publish(URL, document(URL))
    here, elsewhere = browser_of(bob), browser_of(bob)
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert ask(app, here, URL) == 400
    assert ask(app, elsewhere, URL) == 200


def test_everybody_together_asks_a_host_ten_times_as_often(app):
    waits = []
    with app.test_request_context():
        for number in range(11):
            g.address = f"198.51.100.{number}"
            waits += [take(*shares_of("app.example", f"person {number}")) > 0 for _ in range(3)]
    assert waits == [False] * 30 + [True] * 3


def test_a_person_makes_this_server_fetch_twice_as_often(app, publisher, browser, browser_of, bob):
    for number in range(7):
        publisher.dns[f"h{number}.example"] = [PUBLIC]
        assert ask(app, browser, f"https://h{number}.example/c") == 400
    assert len(publisher.dialled) == 6
    publisher.publish(URL, document(URL))
    assert ask(app, browser_of(bob), URL) == 200


def test_a_persons_slow_hosts_leave_room_for_others(app, publisher, browser, alice, browser_of, bob):
    publisher.publish(URL, document(URL))
    app.extensions["documents"].busy.extend([str(alice.user_id)] * 2)
    assert ask(app, browser, URL) == 400
    assert ask(app, browser_of(bob), URL) == 200


def test_the_next_minute_is_another(app, publisher, browser):
    use_up(app, browser)
    publisher.publish(URL, document(URL))
    assert ask(app, browser, URL) == 400
    with app.app_context():
        db.session.execute(db.update(Throttle).values(empty_at=Throttle.empty_at - MINUTE))
        db.session.commit()
    assert ask(app, browser, URL) == 200
