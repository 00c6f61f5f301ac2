"""Who tries many passwords does not fill the audit log, and is seen in it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update

from models.accounts.user import User
from models.audit.actions import Action
from models.audit.recorder import AuditEntry
from models.database.base import db
from models.identity.failed_proof import FROM_ALL, FROM_ONE_NETWORK, record_failure
from models.identity.password_sign_in import change_password, person_signing_in
from models.rate_limits.buckets import DAY, Throttle
from models.request_scope import Actor, open_scope

HERE, ELSEWHERE = "203.0.113.0/24", "198.51.100.0/24"


@pytest.fixture
def fail(app, alice):
    """Lets attempts as Alice fail, from a network."""

    def do(times, network=HERE, action=Action.SIGN_IN_FAILED):
        with app.app_context(), open_scope(Actor(address=network)):
            for _ in range(times):
                record_failure(action, alice.user_id)
                db.session.commit()

    return do


@pytest.fixture
def recorded(app):
    """Whether each recorded failure says that more may follow, oldest first."""

    def read(action=Action.SIGN_IN_FAILED):
        with app.app_context():
            found = select(AuditEntry.values).where(AuditEntry.action == action, AuditEntry.outcome == "refused")
            return [bool(values) for values in db.session.scalars(found.order_by(AuditEntry.id))]

    return read


def test_the_first_of_a_day_are_recorded_and_the_last_of_them_says_that_more_follow(fail, recorded):
    fail(FROM_ONE_NETWORK.at_once + 9)
    assert recorded() == [False] * (FROM_ONE_NETWORK.at_once - 1) + [True]


def test_an_attack_that_goes_on_is_seen_now_and_then(app, fail, recorded):
    fail(FROM_ONE_NETWORK.at_once)
    with app.app_context():
        an_hour_or_so = DAY // FROM_ONE_NETWORK.at_once
        db.session.execute(update(Throttle).values(empty_at=Throttle.empty_at - an_hour_or_so))
        db.session.commit()
    fail(5)
    assert recorded()[FROM_ONE_NETWORK.at_once :] == [True]


def test_it_hides_nothing_that_comes_from_elsewhere_or_is_of_another_kind(fail, recorded):
    fail(FROM_ONE_NETWORK.at_once + 9)
    fail(1, ELSEWHERE)
    fail(1, HERE, Action.CONFIRMED)
    assert recorded()[-1] is False
    assert recorded(Action.CONFIRMED) == [False]


def test_all_networks_together_have_a_limit_too(fail, recorded):
    for number in range(11):
        fail(FROM_ONE_NETWORK.at_once, f"10.0.{number}.0/24")
    assert len(recorded()) == FROM_ALL.at_once
    assert recorded()[-1]


def test_it_is_counted_for_each_person(fail, recorded, app, bob):
    fail(FROM_ONE_NETWORK.at_once + 1)
    with app.app_context(), open_scope(Actor(address=HERE)):
        record_failure(Action.SIGN_IN_FAILED, bob.user_id)
        db.session.commit()
    assert recorded()[-1] is False


@pytest.mark.parametrize("by", ["signing in", "changing the password"])
def test_wrong_passwords_are_such_failures(app, alice, recorded, by):
    with app.app_context(), open_scope(Actor(address=HERE)):
        for _ in range(FROM_ONE_NETWORK.at_once + 2):
            if by == "signing in":
                assert person_signing_in(alice.email, "wrong") is None
            else:
                person = db.session.get_one(User, alice.user_id)
                assert not change_password(person, "wrong", "five herons over the harbour", uuid.uuid4())
            db.session.commit()
    action = Action.SIGN_IN_FAILED if by == "signing in" else Action.PASSWORD_CHANGED
    assert len(recorded(action)) == FROM_ONE_NETWORK.at_once
