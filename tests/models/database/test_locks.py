"""What two people do at the same moment: neither waits for the other for ever, and neither undoes what the other relies on."""

from __future__ import annotations

import uuid
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from sqlalchemy import text

from models.accounts.member import Member
from models.accounts.user import User
from models.connections.policy import ConnectionPolicy
from models.database import locks
from models.database.base import db, now
from models.errors import Problem
from models.identity.passkey import Passkey
from models.identity.second_factors import remove_passkey
from models.identity.totp import new_seed
from models.permissions import Role
from models.request_scope import open_scope

HELD = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")


@pytest.fixture
def locks_held(app):
    with app.app_context():
        yield lambda: db.session.scalar(HELD)
        db.session.rollback()


@pytest.mark.only("postgres")
def test_a_policy_takes_one_lock_however_many_members_there_are(locks_held, new_person, aperture):
    for number in range(5):
        new_person(f"Person{number}", aperture)
    ConnectionPolicy.locked(aperture.id)
    assert locks_held() == 1


@pytest.mark.only("postgres")
def test_an_app_that_is_removed_from_ten_thousand_accounts_leaves_locks_for_others(locks_held):
    locks.take_all(uuid.uuid4() for _ in range(10_000))
    assert locks_held() <= 1_024


@pytest.fixture
def at_once(app):
    """Does several things, each in a transaction of its own, at the same moment; returns what stopped them."""

    def run(*deeds):
        stopped = []

        def do(deed):
            with app.app_context(), open_scope():
                try:
                    deed()
                    db.session.commit()
                except Exception as error:  # noqa: BLE001 (the test says which one is right)
                    db.session.rollback()
                    stopped.append(error)

        threads = [Thread(target=do, args=[deed]) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return stopped

    return run


@pytest.fixture
def both_have_looked():
    """Waits until two threads have read what they are about to change; on SQLite the second reads when the first is done."""
    line = Barrier(2)

    def wait():
        with suppress(BrokenBarrierError):
            line.wait(0.5)

    return wait


def test_two_owners_who_hand_over_to_each_other_do_not_deadlock_and_leave_an_owner(
    app, at_once, both_have_looked, alice, new_person, aperture
):
    olga = new_person("Olga", aperture, Role.OWNER)

    def hand_over(giver, taker):
        members = [db.session.get_one(Member, person.member_id) for person in (giver, taker)]
        both_have_looked()
        members[0].hand_over_to(members[1])

    stopped = at_once(lambda: hand_over(alice, olga), lambda: hand_over(olga, alice))
    assert [type(error) for error in stopped if not isinstance(error, Problem)] == []
    with app.app_context():
        roles = {member.role for member in Member.in_account(aperture.id)}
    assert Role.OWNER in roles


def test_of_two_passkeys_removed_at_once_a_short_password_keeps_one(app, at_once, both_have_looked, alice):
    ids = [passkey_of(app, alice), passkey_of(app, alice)]

    def remove(passkey_id):
        person, passkey = db.session.get_one(User, alice.user_id), db.session.get_one(Passkey, passkey_id)
        assert person.has_second_factor
        both_have_looked()
        remove_passkey(person, passkey, uuid.uuid4())

    stopped = at_once(*(lambda id_=id_: remove(id_) for id_ in ids))
    with app.app_context():
        assert db.session.get_one(User, alice.user_id).has_second_factor
    assert len(stopped) == 1
    assert isinstance(stopped[0], Problem)


def passkey_of(app, person):
    with app.app_context():
        user = db.session.get_one(User, person.user_id)
        user.short_password = True
        key = Passkey(
            user_id=user.id,
            credential_id=new_seed(),
            public_key="",
            sign_count=0,
            synced=False,
            name="Key",
            created_at=now(),
        )
        db.session.add(key)
        db.session.commit()
        return key.id
