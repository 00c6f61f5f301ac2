"""Two who change a connection at the same moment: neither undoes what the other took away."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import update

from models.audit import acting_in
from models.base import db, now
from models.connection import Connection
from models.connection_policy import ConnectionPolicy
from models.errors import NotAllowed
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE
from models.tenancy import in_account


@pytest.fixture
def meanwhile(app, claude):
    """Changes the connection elsewhere, and commits that, while somebody here has read it already."""

    def change(**values):
        def elsewhere():
            with app.app_context():
                db.session.execute(update(Connection).where(Connection.id == claude.connection_id).values(**values))
                db.session.commit()

        thread = Thread(target=elsewhere)
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()

    return change


@pytest.fixture
def read_before(app, claude):
    """The connection as somebody has it in hand who is about to change it."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time: nobody can come between")
        yield db.session.get_one(Connection, claude.connection_id)


def test_a_scope_that_was_taken_meanwhile_stays_taken(read_before, meanwhile):
    meanwhile(ceiling=ALL_SCOPES - {TAGS_MANAGE})
    read_before.narrow(PROFILES_READ)
    db.session.commit()
    assert read_before.ceiling == ALL_SCOPES - {TAGS_MANAGE, PROFILES_READ}


def test_what_an_owner_paused_meanwhile_stays_paused(read_before, meanwhile, bob):
    read_before.pause()
    db.session.commit()
    assert read_before.paused_by == read_before.member_id
    meanwhile(paused_by=bob.member_id)
    # Anybody but an Owner lets go on only what they paused themselves.
    read_before.member.role = "User"
    with pytest.raises(NotAllowed):
        read_before.resume()


def test_what_was_revoked_meanwhile_is_not_paused(read_before, meanwhile):
    meanwhile(revoked_at=now())
    with pytest.raises(NotAllowed):
        read_before.pause()


def test_a_limit_is_compared_with_what_was_set_meanwhile(read_before, meanwhile):
    meanwhile(read_only=True)
    assert read_before.limit(read_only=True) == []
    assert read_before.limit(read_only=False) == ["read_only"]


@pytest.fixture
def policy(app, alice, claude):
    """The policy, which exists and which somebody has in hand who is about to change it."""
    with app.app_context(), in_account(alice.account_id), acting_in(alice.account_id):
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time: nobody can come between")
        ConnectionPolicy.of(alice.account_id).change(daily_calls=9)
        db.session.commit()
        yield ConnectionPolicy.of(alice.account_id)


def test_a_policy_is_compared_with_what_was_set_meanwhile(app, alice, policy):
    def elsewhere():
        with app.app_context(), in_account(alice.account_id):
            db.session.execute(update(ConnectionPolicy).values(read_only=True))
            db.session.commit()

    assert not policy.read_only
    thread = Thread(target=elsewhere)
    thread.start()
    thread.join(timeout=30)
    assert policy.change(read_only=True) == []
    assert policy.change(read_only=False) == ["read_only"]
