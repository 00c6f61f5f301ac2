"""Alice hears when an app of hers is used from a network that is new, and sees on its page from where it was used."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.networks import KEPT, MOST, ConnectionNetwork, places_of
from models.connections.usage import ConnectionUse
from models.database.base import db, now
from models.privacy.expiry import reap
from models.privacy.export_tables import connections
from models.privacy.person_export import own_data
from tests.application import settings_for
from tests.pages import text_of

OFFICE, CAFE, ABROAD = "192.0.2.10", "198.51.100.20", "2001:db8:1:2::30"
SUBJECT = "One of your apps was used from a new network"


@pytest.fixture
def settings(database_url, public_url, mailbox):
    return settings_for(database_url, public_url, mailbox.url)


@pytest.fixture
def pass_time(app):
    """Makes everything about connections and their use look older."""
    moments = {
        Connection: ["created_at"],
        ConnectionUse: ["last_used_at", "network_told_at"],
        ConnectionNetwork: ["first_used_at", "last_used_at"],
    }

    def move(age):
        with app.app_context():
            for model, names in moments.items():
                for row in db.session.scalars(select(model)):
                    for name in names:
                        setattr(row, name, getattr(row, name) and getattr(row, name) - age)
            db.session.commit()

    return move


@pytest.fixture
def settled(claude, pass_time):
    """Claude, connected two days ago and used in the office since."""
    claude.at(OFFICE).result("list_tags")
    pass_time(timedelta(days=2))
    return claude


@pytest.fixture
def news(work, mailbox):
    """What a person has heard of new networks so far, oldest first."""

    def read(address="alice@example.com"):
        work()
        return [mail for mail in mailbox.to(address) if mail.subject == SUBJECT]

    return read


@pytest.fixture
def places(app, claude):
    """Where Claude was used from, the latest first."""

    def read():
        with app.app_context():
            return places_of(db.session.get_one(Connection, claude.connection_id))

    return read


def networks(places):
    return [place.network for place in places]


def test_a_new_network_is_told_in_plain_text_without_a_link_that_does_anything(settled, news, mailbox):
    settled.at(CAFE).result("list_tags")

    [mail] = news()
    assert mail.recipients == ["alice@example.com"]
    assert mail.message.get_content_type() == "text/plain"
    for fact in ('"Claude"', "Aperture Science", "198.51.100.0/24", "UTC", "You can pause or revoke it there"):
        assert fact in mail.text
    assert mail.link == "http://localhost/settings/connections"
    assert mail.text.count("http") == 1


def test_it_is_told_to_whoever_connected_the_app_and_to_nobody_else(connect, charlie, pass_time, news):
    his = connect(charlie)
    his.at(OFFICE).result("list_tags")
    pass_time(timedelta(days=2))
    his.at(CAFE).result("list_tags")

    assert len(news("charlie@example.com")) == 1
    assert news("alice@example.com") == []


def test_where_it_was_used_first_is_no_news_nor_what_follows_within_the_hour(claude, places, news):
    for address in (OFFICE, CAFE, ABROAD):
        claude.at(address).result("list_tags")

    assert news() == []
    assert networks(places()) == ["2001:db8:1::/48", "198.51.100.0/24", "192.0.2.0/24"]


def test_a_connection_that_was_never_used_begins_wherever_it_is_used_first(claude, pass_time, news):
    pass_time(timedelta(days=2))
    claude.at(OFFICE).result("list_tags")

    assert news() == []


@pytest.mark.parametrize("address", ["192.0.2.99", "::ffff:192.0.2.99"])
def test_another_address_of_the_same_network_is_no_news(settled, places, news, address):
    settled.at(address).result("list_tags")

    assert news() == []
    assert networks(places()) == ["192.0.2.0/24"]


def test_of_the_new_networks_of_a_day_one_is_told_and_all_are_listed(settled, places, news, pass_time):
    for address in (CAFE, ABROAD, OFFICE, CAFE):
        settled.at(address).result("list_tags")
    assert len(news()) == 1
    assert networks(places()) == ["198.51.100.0/24", "192.0.2.0/24", "2001:db8:1::/48"]

    pass_time(timedelta(days=1))
    settled.at(ABROAD).result("list_tags")
    assert len(news()) == 1
    settled.at("203.0.113.1").result("list_tags")
    assert [("203.0.113.0/24" in mail.text) for mail in news()] == [False, True]


def test_a_call_that_is_refused_is_use_as_well(connect, alice, pass_time, news):
    limited = connect(alice, ["tags:manage"])
    limited.at(OFFICE).result("list_tags")
    pass_time(timedelta(days=2))
    assert limited.at(CAFE).call("list_profiles").status_code == 403

    assert len(news()) == 1


def test_a_list_of_tools_opens_nothing_and_is_no_use(settled, places, news):
    assert "list_tags" in settled.at(CAFE).tools()

    assert news() == []
    assert networks(places()) == ["192.0.2.0/24"]


def test_an_app_that_writes_is_noticed_like_one_that_reads(settled, places, news):
    settled.at(CAFE).result("create_tag", label="Sales", color="red")

    assert len(news()) == 1
    assert networks(places()) == ["198.51.100.0/24", "192.0.2.0/24"]


def test_its_page_says_from_where_it_was_used_first_and_last(settled, browser_of, alice, places, pass_time):
    settled.at(CAFE).result("list_tags")
    pass_time(timedelta(days=3))
    settled.at(CAFE).result("list_tags")
    cafe, office = places()

    # In the café it was used three days ago and now; in the office it was last used when it was used there, not when it was left.
    assert cafe.last - cafe.first > timedelta(days=2)
    assert office.last - office.first < timedelta(minutes=1)
    assert now() - office.last > timedelta(days=4)
    said = text_of(browser_of(alice).get(f"/settings/connections/{settled.connection_id}"))
    assert re.search(r"Last used .{,60}, from 198\.51\.100\.0/24", said)
    assert said.index("Networks") < said.index("192.0.2.0/24")
    assert CAFE not in said


def test_a_place_that_was_left_keeps_the_time_of_its_last_use(settled, places, pass_time):
    settled.at(OFFICE).result("list_tags")
    pass_time(timedelta(hours=5))
    settled.at(CAFE).result("list_tags")

    [_, office] = places()
    assert timedelta(hours=5) <= now() - office.last < timedelta(hours=6)


def test_an_app_that_comes_from_everywhere_is_kept_to_fifty_networks_and_sends_no_mail(
    app, settled, places, news, browser_of, alice
):
    earlier = now() - timedelta(hours=1)
    with app.app_context():
        for number in range(MOST - 1):
            row = ConnectionNetwork(connection_id=settled.connection_id, network=f"10.0.{number}.0/24")
            row.first_used_at = row.last_used_at = earlier
            db.session.add(row)
        db.session.commit()
    assert len(places()) == MOST
    said = text_of(browser_of(alice).get(f"/settings/connections/{settled.connection_id}"))
    assert "40 more" in said
    assert "This app uses so many networks that no e-mail announces new ones." in said
    settled.at(CAFE).result("list_tags")

    assert news() == []
    assert len(places()) == MOST
    assert networks(places())[0] == "198.51.100.0/24"
    assert "192.0.2.0/24" not in networks(places())


def test_a_network_is_forgotten_ninety_days_after_its_last_use_but_not_the_last_one(app, settled, places, pass_time):
    settled.at(CAFE).result("list_tags")
    pass_time(KEPT - timedelta(days=1))
    with app.app_context():
        assert reap(timedelta(days=14))["networks"] == 1
    assert networks(places()) == ["198.51.100.0/24"]

    pass_time(KEPT)
    with app.app_context():
        assert reap(timedelta(days=14))["networks"] == 0
    assert networks(places()) == ["198.51.100.0/24"]


def test_networks_go_with_their_connection(app, settled):
    with app.app_context():
        of_it = Authorization.connection_id == settled.connection_id
        db.session.execute(db.delete(Authorization).where(of_it))
        db.session.execute(db.delete(Connection).where(Connection.id == settled.connection_id))
        db.session.commit()
        assert db.session.scalars(select(ConnectionNetwork)).all() == []


def test_they_are_in_the_export_of_the_account_and_in_ones_own(app, settled, alice):
    with app.app_context():
        [connection] = connections(alice.account_id)
        assert [each["network"] for each in connection["networks"]] == ["192.0.2.0/24"]
        [own] = json.loads("".join(own_data(alice.user_id)))["connections"]
    assert [each["network"] for each in own["networks"]] == ["192.0.2.0/24"]
    assert own["last_network"] == "192.0.2.0/24"
