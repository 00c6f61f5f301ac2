"""Codes of an authenticator app, once each, even after the clock was wrong."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from models.database import db
from models.identity.totp import KEPT_STEPS, Authenticator
from tests.fixtures.factors import STEP

AN_HOUR = 3_600 // STEP


@pytest.fixture
def phone(give_app, alice):
    return give_app(alice)


@pytest.fixture
def authenticator(app, phone):
    with app.app_context():
        yield db.session.scalars(select(Authenticator)).one()


@pytest.fixture
def present():
    """The current time step. It may end during a test: its code and the next one are good either way."""
    return int(time.time()) // STEP


def accepted(authenticator, code):
    """In a transaction of its own, as in a request."""
    right = authenticator.accepts(code)
    db.session.commit()
    return right


def used(authenticator, *steps):
    """Codes of these steps were accepted, whatever the clock said then."""
    authenticator.last_step, authenticator.used_steps = steps[-1], [*steps]
    db.session.commit()


def test_a_clock_that_was_ahead_shuts_nobody_out_and_each_code_is_still_good_once(authenticator, phone, present):
    used(authenticator, present - 500, present + AN_HOUR)
    code = phone.at(present)
    assert [accepted(authenticator, code) for _ in range(2)] == [True, False]
    assert not accepted(authenticator, phone.at(present - 1))
    assert accepted(authenticator, phone.at(present + 1))


def test_a_code_that_was_used_while_the_clock_was_ahead_is_no_good_when_its_time_comes(authenticator, phone, present):
    used(authenticator, present, present + 50, present - AN_HOUR)
    assert not accepted(authenticator, phone.at(present))
    assert not accepted(authenticator, phone.at(present - 1))
    assert accepted(authenticator, phone.at(present + 1))


def test_what_was_accepted_last_is_kept_beside_any_number_of_later_steps(authenticator, phone, present):
    used(authenticator, *(present + AN_HOUR + number for number in range(KEPT_STEPS)))
    for step in (present, present + 1):
        assert [accepted(authenticator, phone.at(step)) for _ in range(2)] == [True, False]
    assert len(authenticator.used_steps) == KEPT_STEPS


def test_of_two_who_have_read_the_same_one_is_accepted(app, authenticator, phone, present):
    assert authenticator.used_steps == []
    db.session.expunge(authenticator)
    db.session.rollback()
    other = db.session.scalars(select(Authenticator)).one()
    assert accepted(other, phone.at(present))
    assert not accepted(authenticator, phone.at(present))
