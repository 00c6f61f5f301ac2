"""A yes to one call: however many ask, answer and call at the same moment, what runs was allowed, once, and as it was shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from models.approvals import Approval
from models.audit.recorder import AuditEntry
from models.connections.connection import Connection
from models.database.base import db, now
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.fixtures.assistants import ConnectedApp
from tests.pages import OPENED, TOKEN, csrf_token
from tests.races.start import FORM

pytestmark = pytest.mark.races
ROUNDS = 100
AT_ONCE = 8
LABEL = {"label": "Wanted", "color": "red"}


@pytest.fixture
def calls(claude, racers, in_alices):
    """Claude, who must ask before any change, makes the same call in eight places at once: how many did it."""
    in_alices(lambda _: db.session.execute(update(Connection).values(ask_first=["change"])))
    body, headers = claude.message("tools/call", {"name": "create_tag", "arguments": LABEL})
    sent = headers | {"Authorization": f"Bearer {claude.token}", "Content-Type": "application/json"}

    def call():
        replies = racers.send("/mcp", json.dumps(body), [sent] * AT_ONCE)
        assert {reply.status for reply in replies} == {200}
        return sum(not reply.body["result"]["isError"] for reply in replies)

    return call


@pytest.fixture
def start_again(in_alices):
    def forget(_):
        db.session.execute(delete(Approval))
        db.session.execute(delete(Tag))

    return lambda: in_alices(forget)


def tags(_):
    return db.session.scalar(select(func.count()).select_from(Tag))


def only_question(_):
    [asked] = db.session.scalars(select(Approval))
    return asked.id, asked.digest, f"/settings/connections/{asked.connection_id}/calls/{asked.id}"


def test_eight_equal_calls_are_one_question_and_one_yes_is_one_call(rounds, calls, in_alices, start_again):
    for batch in rounds(50):
        for _round in batch:
            start_again()
            assert calls() == 0
            asked, _shown, _address = in_alices(only_question)
            in_alices(lambda _: db.session.execute(update(Approval).values(allowed=True, answered_at=now())))
            assert calls() == 1
            assert in_alices(tags) == 1
            assert in_alices(lambda _: db.session.get_one(Approval, asked).used_at) is not None  # noqa: B023 (called here)


def test_of_two_who_answer_one_counts_and_no_call_runs_before(
    rounds, calls, racers, in_alices, start_again, alice, browser_of
):
    browser = browser_of(alice)
    for batch in rounds(50):
        for _round in batch:
            start_again()
            assert calls() == 0
            asked, shown, address = in_alices(only_question)
            token = csrf_token(browser, address)
            form = {"csrf_token": token, "shown": shown}
            hands = [(address, form | {"answer": "allow" if hand % 2 else "deny"}) for hand in range(AT_ONCE)]
            racers.post_each(hands, f"profile={browser.get_cookie('profile').value}")
            allowed = in_alices(lambda _: db.session.get_one(Approval, asked).allowed)  # noqa: B023
            assert calls() == in_alices(tags) == int(allowed)


DEEDS = ("revoke", "limit to reading", "demote", "edit", "expire")
SIGNED_IN_FOR = 25
"""Rounds after which Alice signs in again: what she does here needs a recent sign-in."""


@dataclass
class Round:
    """An app of a Manager that waits for a yes to give a profile another name, and what happens at the same moment."""

    url: str
    app: ConnectedApp
    profile: str
    hands: Mapping[str, FlaskClient]
    """The browsers of the Manager, who answers, and of the Owner."""
    member: UUID

    @property
    def page(self) -> str:
        return f"/settings/connections/{self.app.connection_id}"

    def call(self) -> tuple[str, str, dict[str, str]]:
        body, headers = self.app.message(
            "tools/call", {"name": "update_profile", "arguments": {"profile_id": self.profile, "first_name": "Then"}}
        )
        sent = headers | {"Authorization": f"Bearer {self.app.token}", "Content-Type": "application/json"}
        return "/mcp", json.dumps(body), sent

    def form(self, who: str, path: str, page: str, **fields: str) -> tuple[str, str, dict[str, str]]:
        cookie = {"Cookie": f"profile={self.hands[who].get_cookie('profile').value}"}
        opened = httpx2.get(f"{self.url}{page}", headers=cookie)
        assert opened.status_code == 200, opened.text
        found = {"csrf_token": TOKEN.search(opened.text), "opened_with": OPENED.search(opened.text)}
        sent = {name: unescape(match.group(1)) for name, match in found.items() if match} | fields
        return path, urlencode(sent), FORM | cookie

    def yes(self, asked: Any) -> tuple[str, str, dict[str, str]]:
        path = f"{self.page}/calls/{asked.id}"
        return self.form("manager", path, path, answer="allow", shown=asked.digest)

    def deed(self, name: str) -> tuple[str, str, dict[str, str]]:
        match name:
            case "revoke":
                return self.form("manager", f"{self.page}/revocation", self.page)
            case "limit to reading":
                limits = f"{self.page}/limits"
                return self.form("manager", limits, limits, read_only="y", ask_first="change")
            case "demote":
                role = f"/settings/members/{self.member}/role"
                return self.form("owner", role, role, role="User")
            case "edit":
                page = f"/profiles/{self.profile}/edit"
                return self.form("owner", page, page, first_name="Edited", last_name="", phone="", email=EMAIL)
            case _:
                return self.call()


EMAIL = "somebody@example.org"


@pytest.fixture
def new_round(server, connect, new_person, aperture, alice, browser_of, in_alices):
    """Rounds, each with an app of its own that has asked."""
    profile = in_alices(lambda _: str(Profile.create(aperture.id, EMAIL, "Now").id))
    owner: dict[int, FlaskClient] = {}

    def begin(number):
        dana = new_person(f"Dana {number}", aperture, Role.MANAGER)
        signed_in = number // SIGNED_IN_FOR
        if signed_in not in owner:
            owner[signed_in] = browser_of(alice)
        hands = {"owner": owner[signed_in], "manager": browser_of(dana)}
        for hand in hands.values():
            # The first page puts into the cookie what the tokens of forms are made from.
            csrf_token(hand, "/settings/profile")
        assistant = connect(dana, name=f"round {number}")
        limits = update(Connection).where(Connection.id == assistant.connection_id).values(ask_first=["change"])
        in_alices(lambda _: db.session.execute(limits))
        in_alices(lambda _: db.session.execute(update(Profile).values(first_name="Now", last_name="", phone="")))
        return Round(server.url, assistant, profile, hands, dana.member_id)

    return begin


def ran(reply):
    return reply.status == 200 and "result" in reply.body and not reply.body["result"]["isError"]


def test_what_ends_or_changes_while_it_is_decided_leaves_one_run_of_what_was_shown_or_none(
    rounds, new_round, racers, in_alices
):
    """Revoked, limited, demoted, edited or expired at the moment of the yes and of the call, which is repeated all the time."""
    outcomes: Counter[tuple[str, int]] = Counter()
    for batch in rounds(1):
        number = batch.start
        deed = DEEDS[number % len(DEEDS)]
        race = new_round(number)
        assert not any(ran(reply) for reply in racers.send_each([race.call()] * AT_ONCE))
        asked = in_alices(lambda _: approvals(race)[0])  # noqa: B023 (called here)
        # In every other round the yes is there before the rest begins, so that more calls come first.
        answer = race.yes(asked)
        if number // len(DEEDS) % 2:
            racers.send_each([answer] * AT_ONCE)
            answer = race.call()
        if deed == "expire":
            soon = now() + timedelta(milliseconds=30)
            ends = update(Approval).where(Approval.id == asked.id).values(expires_at=soon)
            in_alices(lambda _, ends=ends: db.session.execute(ends))
        requests = [answer, race.deed(deed), *[race.call()] * (AT_ONCE - 2)]
        replies = racers.send_each(requests)
        later = racers.send_each([race.call()] * AT_ONCE)

        runs = sum(ran(reply) for reply in (*replies, *later) if isinstance(reply.body, dict))
        [*found] = (each for each in in_alices(lambda _: approvals(race)) if each.id == asked.id)  # noqa: B023
        recorded = in_alices(lambda _: entries(race, "tool.called"))  # noqa: B023
        assert runs == recorded <= 1, (deed, runs, recorded)
        for first in found:
            assert bool(runs) == (first.used_at is not None), deed
            if runs:
                assert first.allowed is True, deed
                assert first.answered_at <= first.used_at < first.expires_at, deed
        if not found:
            # The worker has just deleted what expired. The audit log still says who allowed what ran.
            assert deed == "expire"
            assert runs <= in_alices(lambda _: entries(race, "connection.call_allowed"))  # noqa: B023
        if deed == "edit":
            # A form that was opened before the call ran is not saved after it. So the edit came first, and something else was shown.
            assert not (runs and replies[1].status == 302)
        elif deed != "expire":
            assert replies[1].status == 302, (deed, replies[1].body)
            assert not any(ran(reply) for reply in later), deed
        outcomes[deed, runs] += 1
    print(dict(outcomes))  # noqa: T201 (for `pytest -rP`)


def approvals(race):
    columns = (
        Approval.id,
        Approval.digest,
        Approval.allowed,
        Approval.answered_at,
        Approval.used_at,
        Approval.expires_at,
    )
    found = select(*columns).where(Approval.connection_id == race.app.connection_id).order_by(Approval.id)
    return db.session.execute(found).all()


def entries(race, action):
    done = AuditEntry.connection_id == race.app.connection_id, AuditEntry.action == action
    return db.session.scalar(select(func.count()).where(*done, AuditEntry.outcome == "allowed"))
