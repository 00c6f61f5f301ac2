"""An app is used from new networks by several calls at the same moment: its member has one mail of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from models.connections.connection import Connection
from models.connections.networks import ConnectionNetwork
from models.connections.usage import ConnectionUse
from models.database.base import db, now
from models.mail.message import Kind, Message
from tests.races.conftest import AT_ONCE

pytestmark = pytest.mark.races

OFFICE = "192.0.2.0/24"
ONE, SEVERAL = ["203.0.113.9"] * AT_ONCE, [f"198.51.{number}.9" for number in range(AT_ONCE)]


@pytest.fixture
def settings(settings):
    return replace(
        settings, trusted_proxies=1, limit_calls=1_000_000, limit_calls_at_once=1_000_000, limit_account_calls=1_000_000
    )


@pytest.fixture
def in_the_office(app, claude):
    """Puts everything back to where Claude was used in the office alone, and no mail was sent."""

    def put():
        with app.app_context():
            db.session.execute(delete(ConnectionNetwork))
            db.session.execute(delete(Message))
            db.session.execute(update(Connection).values(created_at=now() - timedelta(days=2)))
            db.session.execute(update(ConnectionUse).values(last_network=OFFICE, network_told_at=None))
            db.session.commit()

    return put


@pytest.fixture
def networks_and_mails(app):
    """How many networks and how many mails there are."""

    def count():
        with app.app_context():
            mails = select(func.count()).select_from(Message).where(Message.kind == Kind.APP_ELSEWHERE)
            return db.session.scalar(select(func.count()).select_from(ConnectionNetwork)), db.session.scalar(mails)

    return count


def test_calls_from_new_networks_at_the_same_moment_are_one_mail(
    racers, rounds, claude, in_the_office, networks_and_mails
):
    body, headers = claude.message("tools/call", {"name": "list_tags", "arguments": {}})
    headers |= {"Authorization": f"Bearer {claude.token}", "Content-Type": "application/json"}
    for batch in rounds(1):
        places = SEVERAL if batch.start % 2 else ONE
        in_the_office()
        replies = racers.send("/mcp", json.dumps(body), [headers | {"X-Forwarded-For": place} for place in places])
        assert {reply.status for reply in replies} == {200}
        assert networks_and_mails() == (len(set(places)), 1)
