"""What is limited is counted once each, whoever counts at the same moment, and is forgotten as time goes by."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from models.database import microseconds
from models.database.base import db
from models.database.engine import begin_writing
from models.rate_limits.buckets import MINUTE, Limit, Throttle, counted, fill, forget_empty, give_back, take, wait_for
from models.request_scope import open_scope

THREE = Limit.per_minute(3)
PATIENT = counted(THREE, "tries", "Alice")
OTHER = counted(THREE, "tries", "Bob")


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def pass_time(time_passed):
    db.session.execute(db.update(Throttle).values(empty_at=Throttle.empty_at - time_passed))
    db.session.commit()


def test_after_three_the_fourth_must_wait_for_a_third_of_a_minute():
    assert [take(PATIENT) for _ in range(3)] == [0, 0, 0]
    assert take(PATIENT) in {19, 20}
    assert take(OTHER) == 0


def test_what_was_refused_is_not_counted():
    for _ in range(9):
        take(PATIENT)
    pass_time(MINUTE // 3)
    assert take(PATIENT) == 0
    assert take(PATIENT) > 0


def test_a_minute_later_all_is_forgotten():
    assert [bool(take(PATIENT)) for _ in range(4)] == [False, False, False, True]
    pass_time(MINUTE)
    assert [bool(take(PATIENT)) for _ in range(4)] == [False, False, False, True]


def test_what_was_counted_by_a_clock_that_was_ahead_makes_nobody_wait():
    for _ in range(3):
        take(PATIENT)
    pass_time(-1440 * MINUTE)
    assert wait_for(PATIENT) == 0
    assert [bool(take(PATIENT)) for _ in range(4)] == [False, False, False, True]


@pytest.mark.only("postgres")
def test_machines_whose_clocks_differ_count_by_that_of_the_database(monkeypatch):
    """One is twenty seconds ahead of the other, and both have room for three calls together."""
    own = time.time_ns
    assert abs(microseconds() - own() // 1_000) < 5_000_000
    for ahead, refused in ((20, False), (0, False), (20, False), (0, True), (7_200, True), (-7_200, True)):
        monkeypatch.setattr("time.time_ns", lambda ahead=ahead: own() + ahead * 10**9)
        assert bool(take(PATIENT)) is refused
    pass_time(MINUTE)
    assert take(PATIENT) == 0


def test_a_burst_may_be_smaller_than_what_a_minute_allows():
    quick = counted(Limit(60, 2), "tries", "Claude")
    assert [bool(take(quick)) for _ in range(3)] == [False, False, True]
    pass_time(1_000_000)
    assert [bool(take(quick)) for _ in range(2)] == [False, True]


def test_several_are_counted_together_or_not_at_all():
    for _ in range(3):
        take(OTHER)
    assert take(PATIENT, OTHER) > 0
    assert [bool(take(PATIENT)) for _ in range(4)] == [False, False, False, True]


def test_what_is_given_back_can_be_taken_again():
    for _ in range(3):
        take(PATIENT)
    begin_writing()
    give_back(PATIENT, OTHER)
    db.session.commit()
    assert [bool(take(PATIENT)) for _ in range(2)] == [False, True]


def test_a_share_needs_room_for_all_of_it():
    begin_writing()
    assert fill(PATIENT, 2)
    assert not fill(PATIENT, 2)
    assert wait_for(PATIENT, cost=2) in {19, 20}
    assert fill(PATIENT, 1)


@pytest.mark.asvs("2.3.4")
def test_of_many_at_the_same_moment_as_many_are_counted_as_there_is_room_for(app):
    def one(_):
        with app.app_context(), open_scope():
            return take(counted(Limit(1, 20), "tries", "everybody"))

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(one, range(60)))
    assert waits.count(0) == 20
    assert all(wait > 30 for wait in waits if wait)


def test_empty_buckets_are_removed_and_others_stay():
    take(PATIENT)
    pass_time(MINUTE)
    take(OTHER)
    assert forget_empty(100) == 1
    assert list(db.session.scalars(db.select(Throttle.key))) == [OTHER.key]


def test_the_table_does_not_say_whom_it_is_about():
    take(counted(THREE, "sign-in", "alice@example.com", "203.0.113.7"))
    [key] = db.session.scalars(db.select(Throttle.key))
    assert re.fullmatch("sign-in [0-9a-f]{32}", key)
