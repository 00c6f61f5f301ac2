"""A yes to one call: however many ask, answer and call at the same moment, what runs was allowed, once, and as it was shown."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, func, select, update

from models.approvals import Approval
from models.connections.connection import Connection
from models.database.base import db, now
from models.profiles.tag import Tag
from tests.pages import csrf_token

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
