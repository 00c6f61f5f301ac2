"""Two who change a connection at the same moment: neither undoes what the other took away."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, new_id, now, table_of
from models.database.tenancy import in_account
from models.errors import NotAllowed
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE


def change_elsewhere(row, **values):
    """Change a row elsewhere, and commit that, while somebody has it in hand as it was before."""
    db.session.expunge(row)
    db.session.rollback()
    db.session.execute(update(type(row)).values(**values))
    db.session.commit()
    db.session.add(row)


@pytest.fixture
def read_before(app, claude):
    """The connection as somebody has it in hand who is about to change it."""
    with app.app_context():
        yield db.session.get_one(Connection, claude.connection_id)


def test_a_scope_that_was_taken_meanwhile_stays_taken(read_before):
    change_elsewhere(read_before, ceiling=ALL_SCOPES - {TAGS_MANAGE})
    lifecycle.narrow(read_before, PROFILES_READ)
    db.session.commit()
    assert read_before.ceiling == ALL_SCOPES - {TAGS_MANAGE, PROFILES_READ}


def test_what_an_owner_paused_meanwhile_stays_paused(bob, read_before):
    lifecycle.pause(read_before)
    db.session.commit()
    assert read_before.paused_by == read_before.member_id
    change_elsewhere(read_before, paused_by=bob.member_id)
    # Anybody but an Owner lets go on only what they paused themselves.
    read_before.member.role = "User"
    with pytest.raises(NotAllowed):
        lifecycle.resume(read_before)


def test_what_was_revoked_meanwhile_is_not_paused(read_before):
    change_elsewhere(read_before, revoked_at=now())
    with pytest.raises(NotAllowed):
        lifecycle.pause(read_before)


def test_a_revocation_ends_a_device_that_was_connected_meanwhile(read_before):
    """Nothing else stops its tokens."""
    assert len(read_before.authorizations) == 1
    devices = table_of(Authorization)
    another = dict(db.session.execute(select(devices)).mappings().one()) | {"id": new_id()}
    db.session.expunge(read_before)
    db.session.rollback()
    db.session.execute(insert(devices), another)
    db.session.commit()
    db.session.add(read_before)
    lifecycle.revoke(read_before, None)
    db.session.commit()
    ends = db.session.scalars(select(devices.c.ended_at)).all()
    assert len(ends) == 2
    assert None not in ends


def test_a_limit_is_compared_with_what_was_set_meanwhile(read_before):
    change_elsewhere(read_before, read_only=True)
    assert lifecycle.limit(read_before, read_only=True) == []
    assert lifecycle.limit(read_before, read_only=False) == ["read_only"]


def test_a_policy_is_compared_with_what_was_set_meanwhile(app, alice):
    with app.app_context(), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(daily_calls=9)
        db.session.commit()
        policy = ConnectionPolicy.of(alice.account_id)
        assert not policy.read_only
        change_elsewhere(policy, read_only=True)
        assert policy.change(read_only=True) == []
        assert policy.change(read_only=False) == ["read_only"]
