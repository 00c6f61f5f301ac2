"""A link that many people use: each says who they are, and nobody learns who else is known."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from blueprints.assessments import start
from models.assessments import sitting as sittings
from models.assessments.sitting import MOST_OPEN, STILL_ANSWERING, Sitting
from models.database.base import db, now
from models.profiles.profile import Profile
from models.rate_limits.buckets import DAY, Limit
from tests.pages import csrf_token

ANA = {"first_name": "Ana", "last_name": "Löwe", "email": "ana@example.com"}
SECRET = re.compile(r"pfv_[\w-]+|\d+ \w+ (ago|20\d\d)|just now")


def test_who_they_are_is_asked_for_on_the_page_itself(come, shared):
    ana = come(shared)
    assert "Aperture Science asks you" in ana.text
    ana.begin(first_name="", email="no address")
    assert ana.status == 400
    assert "Enter your first name." in ana.text
    assert "Enter an e-mail address in the form" in ana.begin(first_name="Ana", email="no address").text
    assert ana.begin(**ANA).title == "Group 1 of 24"


def test_a_sitting_has_a_link_of_its_own_to_go_on_with(come, shared):
    ana = come(shared).begin(**ANA)
    ana.answer_page()
    own = ana.browser.page.by_id("own-link").attributes["value"]
    assert shared not in own
    assert come(own).title == "Group 2 of 24"
    assert come(shared).title == "How do you like to work?"


def test_somebody_new_has_a_profile_at_the_end(take, shared, within, alice):
    take(shared, **ANA)
    shown = within(alice, lambda account_id: Profile.by_email(account_id, "ana@example.com").as_dict())
    assert (shown["first_name"], shown["last_name"], shown["status"]) == ("Ana", "Löwe", "completed")


def test_a_person_whose_address_is_known_sees_just_what_everybody_sees(take, shared, invite, alice, within):
    invite(alice, "known@example.com", first_name="Known")
    pages = []
    for email in ("known@example.com", "new@example.com"):
        person = take(shared, first_name="Ana", email=email)
        seen = [person.text, person.status]
        person.browser.click("Ask to be removed")
        seen += [person.text, person.status]
        person.browser.press("Ask to be removed")
        seen += [person.text, person.status]
        pages.append([SECRET.sub("", str(each)) for each in seen])
    assert pages[0] == pages[1]
    assert within(alice, Sitting.held_in) == []


def test_whoever_stops_in_the_middle_leaves_nothing(come, shared, within, alice):
    ana = come(shared).begin(**ANA).answer_all(until="Group 3")
    ana.browser.open(ana.browser.url.partition("/questions")[0] + "/removal")
    assert "keeps none of them" in ana.text
    ana.browser.press("Delete my data")
    assert ana.title == "Your answers were deleted"
    assert within(alice, lambda account_id: Profile.by_email(account_id, "ana@example.com")) is None


@pytest.fixture
def two_at_once(monkeypatch):
    """Two people at once, not five hundred."""
    monkeypatch.setattr(start, "BY_LINK", Limit(a_minute=1, at_once=2))


@pytest.mark.asvs("2.4.1")
def test_too_many_beginners_are_asked_to_wait(client, shared, two_at_once):
    token = csrf_token(client, shared)
    answers = [client.post(f"{shared}/agreement", data={"csrf_token": token, **ANA}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert "Open the link again in a few minutes" in answers[2].get_data(as_text=True)


@pytest.fixture
def one_from_a_network(monkeypatch):
    """One person from each network at once, not three hundred."""
    monkeypatch.setattr(start, "BY_NETWORK", Limit(a_minute=1, at_once=1))


def test_a_full_network_keeps_out_nobody_from_another_network(app, share, alice, eve, one_from_a_network):
    ours, theirs = share(alice), share(eve)

    def status(link, address):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        data = {"csrf_token": csrf_token(client, link), **ANA}
        return client.post(f"{link}/agreement", data=data).status_code

    assert status(ours, "192.0.2.1") == 302
    assert status(theirs, "192.0.2.1") == 429
    assert status(theirs, "198.51.100.1") == 302
    assert status(ours, "198.51.100.1") == 429


def test_sittings_that_were_abandoned_keep_nobody_out(come, shared, within, alice, monkeypatch):
    monkeypatch.setattr(sittings, "MOST_OPEN", 1)
    come(shared).begin(**ANA)
    assert come(shared).begin(**ANA).status == 400
    abandoned = now() - STILL_ANSWERING - timedelta(minutes=1)
    within(alice, lambda _: db.session.execute(db.update(Sitting).values(touched_at=abandoned)))
    assert come(shared).begin(**ANA).status == 200


def test_one_network_alone_never_takes_all_places_of_a_link():
    in_a_day = start.BY_NETWORK.at_once + start.BY_NETWORK.a_minute * DAY // start.BY_NETWORK.minute
    assert timedelta(microseconds=DAY) >= STILL_ANSWERING
    assert in_a_day < MOST_OPEN
