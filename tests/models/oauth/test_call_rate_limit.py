"""The calls of an account are counted together by the share, so that its assistants do not wait for one row at every call."""

from __future__ import annotations

import math
import time

import pytest

from models.connections.usage import ConnectionUse
from models.database import microseconds
from models.database.base import db
from models.oauth.bearer import bearer_of
from models.oauth.call_rate_limit import Pace, TooFast, count_refresh
from models.rate_limits.buckets import DAY, Limit, Throttle

PLENTY = Limit.per_minute(1_000_000)


@pytest.fixture
def bearers(app, connect, alice, bob):
    """Two connections in one account."""
    tokens = [connect(person).token for person in (alice, bob)]
    with app.app_context():
        yield [bearer_of(token) for token in tokens]


def counted_of(pace, bearers):
    """How many calls the connections make in turn until one is refused."""
    for number in range(10_000):
        try:
            pace.count(bearers[number % len(bearers)], wrote=False)
        except TooFast as refusal:
            db.session.rollback()
            return number, refusal
        db.session.commit()
    raise AssertionError("nothing was ever refused")


@pytest.mark.parametrize(("account", "share"), [(30, 1), (60, 1), (120, 2), (300, 5)])
def test_an_account_has_its_calls_and_each_connection_at_most_a_share_more(bearers, account, share):
    pace = Pace(PLENTY, PLENTY, Limit(account, account))
    assert pace.share == share
    began = time.perf_counter()
    number, refusal = counted_of(pace, bearers)
    leaked = math.ceil((time.perf_counter() - began) * account / 60)
    assert refusal.what == "account"
    assert account <= number <= account + leaked + len(bearers) * (share - 1)


def test_a_large_account_is_asked_at_every_tenth_call(bearers):
    pace = Pace(PLENTY, PLENTY, Limit.per_minute(600))
    for call in range(1, 21):
        pace.count(bearers[0], wrote=False)
        db.session.commit()
        assert (db.session.scalar(db.select(db.func.count()).select_from(Throttle)) == 1) is (call >= 10)


@pytest.mark.parametrize("column", ["calls_empty_at", "writes_empty_at"])
def test_a_clock_that_was_ahead_stops_no_connection(bearers, column):
    tomorrow = microseconds() + DAY
    db.session.execute(db.update(ConnectionUse).values({column: tomorrow}))
    pace = Pace(Limit.per_minute(2), Limit.per_minute(2), PLENTY)
    for _ in range(2):
        pace.count(bearers[0], wrote=True)
    with pytest.raises(TooFast):
        pace.count(bearers[0], wrote=True)


def test_a_clock_that_was_ahead_stops_no_refresh(bearers):
    db.session.execute(db.update(ConnectionUse).values(refreshes_empty_at=microseconds() + DAY))
    once = Limit.per_minute(1)
    assert [bool(count_refresh(bearers[0].connection_id, once)) for _ in range(2)] == [False, True]
