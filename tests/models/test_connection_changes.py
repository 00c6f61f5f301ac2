"""Two who change a connection at the same moment: neither undoes what the other took away."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import update

from models.base import db, now
from models.connection import Connection
from models.errors import NotAllowed
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE


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
