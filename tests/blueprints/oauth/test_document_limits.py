"""How often strangers can make this server fetch something: bounded for a host and for a person, and nobody uses up another's share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.database.base import db
from models.rate_limits.buckets import MINUTE, Throttle
from tests.assistant import Assistant
from tests.publisher import PUBLIC

URL = "https://app.example/client.json"
CALLBACK = "https://app.example/callback"


@pytest.fixture
def settings(settings):
    """Three fetches a minute from a host, and six for a person."""
    return replace(settings, limit_fetches=3)


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


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


def test_a_person_makes_this_server_fetch_twice_as_often(app, publisher, browser, browser_of, bob):
    for number in range(7):
        publisher.dns[f"h{number}.example"] = [PUBLIC]
        assert ask(app, browser, f"https://h{number}.example/c") == 400
    assert len(publisher.dialled) == 6
    publisher.publish(URL, document(URL))
    assert ask(app, browser_of(bob), URL) == 200


def test_the_next_minute_is_another(app, publisher, browser):
    use_up(app, browser)
    publisher.publish(URL, document(URL))
    assert ask(app, browser, URL) == 400
    with app.app_context():
        db.session.execute(db.update(Throttle).values(empty_at=Throttle.empty_at - MINUTE))
        db.session.commit()
    assert ask(app, browser, URL) == 200
