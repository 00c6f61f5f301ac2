"""Whatever is taken from an app in the middle of its work is gone with the answer that says so, from reads as from writes.

Each deed is done on the page where people do it, many times over, while the app asks in sixteen places at once over four workers.
Every request that begins after the page has answered is a trial; so is what the database says of writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import delete

from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE
from tests.for_each import for_each
from tests.pages import OPENED
from tests.races.taking import HANDS, Working
from tests.races.test_revocation import csrf_token, written  # noqa: F401 (a fixture)

pytestmark = pytest.mark.races
ROUNDS = 5
"""As many with `--everything`; each is dozens of trials."""
SIGNED_IN_FOR = 100
"""Rounds after which Alice signs in again: what she does here needs a recent sign-in."""


def works(reply):
    """The call was carried out."""
    return reply.status == 200 and not reply.body["result"]["isError"]


def writes(reply):
    return '"color":"red"' in text_of(reply)


def text_of(reply):
    return reply.body["result"]["content"][0]["text"] if works(reply) else ""


def reads_profiles(reply):
    return '"profiles":[' in text_of(reply)


def shows_addresses(reply):
    return "outside@example.org" in text_of(reply)


def shows_outsiders(reply):
    return '"Outside"' in text_of(reply)


@dataclass(frozen=True)
class Deed:
    """Something that is taken, where, with which form, and by what one sees that an app still has it."""

    path: str
    form: dict[str, Any] = field(default_factory=dict)
    had_it: Callable[[Any], bool] = works
    stops_writes: bool = True


POLICY = "/settings/connections/policy"
LIMITS = "/settings/connections/{connection}/limits"
OPEN = {"scopes": sorted(ALL_SCOPES), "registration": "y"}
DEEDS = {
    "revoke": Deed("/settings/connections/{connection}/revocation"),
    "narrow what is written by": Deed("/settings/connections/{connection}/narrowing", {"scope": TAGS_MANAGE}, writes),
    "narrow what is read by": Deed(
        "/settings/connections/{connection}/narrowing", {"scope": PROFILES_READ}, reads_profiles, stops_writes=False
    ),
    "pause": Deed("/settings/connections/{connection}/pause"),
    "limit to reading": Deed(LIMITS, {"read_only": "y"}, writes),
    "hide contact": Deed(LIMITS, {"hide_contact": "y"}, shows_addresses, stops_writes=False),
    "limit to tags": Deed(LIMITS, {"only_tags": ["{tag}"]}, shows_outsiders, stops_writes=False),
    "limit the calls of a day": Deed(LIMITS, {"daily_calls": "1"}),
    "demote": Deed("/settings/members/{member}/role", {"role": "User"}, writes),
    "remove": Deed("/settings/members/{member}/removal"),
    "policy: scopes": Deed(POLICY, OPEN | {"scopes": [PROFILES_READ]}, writes),
    "policy: apps": Deed(POLICY, {"scopes": OPEN["scopes"]}),
    "policy: second factor": Deed(POLICY, OPEN | {"second_factor": "y"}),
    "policy: only read": Deed(POLICY, OPEN | {"read_only": "y"}, writes),
    "policy: hide contact": Deed(POLICY, OPEN | {"hide_contact": "y"}, shows_addresses, stops_writes=False),
    "policy: tags": Deed(POLICY, OPEN | {"only_tags": ["{tag}"]}, shows_outsiders, stops_writes=False),
    "policy: calls of a day": Deed(POLICY, OPEN | {"daily_calls": "1"}),
}


@pytest.fixture
def tag(app, alice):
    """The tag of one of two people."""
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Inside", "blue")
        inside = Profile.create(alice.account_id, "inside@example.org", "Ina", "Inside")
        Profile.create(alice.account_id, "outside@example.org", "Otto", "Outside")
        tag.put_on([inside.id])
        db.session.commit()
        return str(tag.id)


@pytest.fixture
def at_work(server, connect, written):  # noqa: F811
    """An app at work, from which something is taken; returns how many of its later requests still had that."""

    def race(threads, person, word, deed, take):
        working = Working(server.port, connect(person, name=word), word, deed.had_it)
        hands = working.start(threads)
        try:
            working.wait_until_busy()
            take(working)
            taken_at, at_that_moment = time.monotonic(), written()
        finally:
            working.taken.set()
        later = [asked for hand in hands for asked in hand.result() if asked.at > taken_at]
        assert len(later) >= HANDS
        if deed.stops_writes:
            assert written()[0] == at_that_moment[0], f"something was written after it was taken in {word}"
        return [asked for asked in later if asked.had_it]

    return race


@pytest.fixture
def page(browser, alice):
    """Alice sends a form, signed in lately."""
    state: dict[str, Any] = {}

    def send(number, path, form):
        if number // SIGNED_IN_FOR != state.get("since"):
            signed_in = browser(alice)
            state.update(since=number // SIGNED_IN_FOR, browser=signed_in, token=csrf_token(signed_in))
        opened = OPENED.search(state["browser"].http.get(path).text)
        given = {"csrf_token": state["token"], **({"opened_with": unescape(opened.group(1))} if opened else {}), **form}
        answer = state["browser"].http.post(path, data=given, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        assert "/sign-in" not in answer.headers["Location"]

    return send


@for_each("name", DEEDS)
def test_nothing_that_was_taken_is_there_at_the_next_request(
    app, at_work, page, alice, new_person, aperture, rounds, tag, name
):
    deed = DEEDS[name]
    with ThreadPoolExecutor(HANDS) as threads:
        for batch in rounds(1):
            number = batch.start
            other = deed.path.startswith("/settings/members")
            person = new_person(f"Dana {name} {number}", aperture, Role.MANAGER) if other else alice

            def take(working, number=number, person=person):
                path = deed.path.format(connection=working.app.connection_id, member=person.member_id)
                form = {
                    key: [each.format(tag=tag) for each in value] if isinstance(value, list) else value
                    for key, value in deed.form.items()
                }
                page(number, path, form)

            assert at_work(threads, person, f"round {name} {number}", deed, take) == []
            reset(app, alice)


def reset(app, alice):
    """Without what the round has left: a form that offers a hundred thousand tags would make each round slower than the last."""
    with app.app_context(), in_account(alice.account_id):
        db.session.execute(delete(Tag).where(Tag.label.startswith("round ")))
        db.session.execute(delete(ConnectionPolicy).where(ConnectionPolicy.account_id == alice.account_id))
        db.session.commit()


def test_nothing_works_past_the_end_date(app, at_work, alice, rounds):
    """On the page an end is a day; here it is a moment, so that it comes in the middle of the work. What is being written
    at that moment may be committed a little later: nobody was told that it is over, so only what begins later counts."""

    def take(working):
        with app.app_context(), in_account(alice.account_id):
            connection = db.session.get_one(Connection, working.app.connection_id)
            # Behind the gate already: waiting there could take longer than it is to last.
            connection.lock()
            ends_at = now() + timedelta(milliseconds=300)
            lifecycle.limit(connection, ends_at=ends_at)
            db.session.commit()
        while now() < ends_at:
            working.busy.acquire(timeout=0.01)

    with ThreadPoolExecutor(HANDS) as threads:
        for batch in rounds(1):
            assert at_work(threads, alice, f"round {batch.start}", Deed("", stops_writes=False), take) == []
            reset(app, alice)
