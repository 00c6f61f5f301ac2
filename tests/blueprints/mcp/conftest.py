"""What the tests of /mcp speak about."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit.recorder import AuditEntry
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.database.tenancy import in_account
from models.debriefs.debrief import Debrief
from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from tests.fixtures.people import Person


@dataclass(frozen=True)
class Things:
    """One of each thing that an account has."""

    profile: str
    other: str
    tag: str
    alias: str
    consumer_key: str


@pytest.fixture
def things_of(app: Flask) -> Callable[[uuid.UUID, str], Things]:
    """Puts a profile with everything on it into an account: results, debrief, tag and alias; and another with less."""

    def make(account_id: uuid.UUID, word: str) -> Things:
        with app.app_context(), in_account(account_id):
            profile = Profile.create(account_id, f"{word}@example.com", word.title(), "Rattmann", "+49 30 1234")
            Result.keep(profile, "disc", disc_result({"d": 60, "i": 70, "s": 20, "c": 10}), "disc-1")
            facets = {name: 12 for names in FOCUS_DOMAINS.values() for name in names}
            Result.keep(profile, "focus", focus_result(facets), "focus-1")
            Result.keep(profile, "core", core_result(["freedom", "wisdom", "fun", "order", "peace"]), "core-1")
            Debrief.write(profile, "# Who\n\nTalks, then acts.", "embedded", {})
            tag = Tag.create(account_id, f"{word} team", "red")
            tag.put_on([profile.id])
            alias, _ = Alias.create(account_id, "profile", profile.id, f"crm-{word}")
            other = Profile.create(account_id, f"{word}-other@example.com", "Other", "Rattmann")
            Result.keep(other, "disc", disc_result({"d": 10, "i": 70, "s": 30, "c": 50}), "disc-1")
            db.session.commit()
            return Things(str(profile.id), str(other.id), str(tag.id), str(alias.id), alias.consumer_key)

    return make


@pytest.fixture
def ours(things_of, aperture) -> Things:
    """What Aperture Science has."""
    return things_of(aperture.id, "doug")


@pytest.fixture
def theirs(things_of, black_mesa) -> Things:
    """What Black Mesa has, which nobody of Aperture Science may learn of."""
    return things_of(black_mesa.id, "gordon")


AuditLog = Callable[[], list[AuditEntry]]


@pytest.fixture
def audit_log(app: Flask) -> AuditLog:
    """What tool calls and refused tokens have left in the audit log, oldest first."""

    def read() -> list[AuditEntry]:
        with app.app_context():
            wanted = select(AuditEntry).where(AuditEntry.action.in_(["tool.called", "token.refused"]))
            entries = list(db.session.scalars(wanted.order_by(AuditEntry.id)))
            db.session.expunge_all()
            return entries

    return read


@pytest.fixture
def change(app, alice, claude):
    """Do something with Alice's connection to Claude, as she would."""

    def carry_out(deed):
        with app.app_context(), in_account(alice.account_id):
            done = deed(db.session.get_one(Connection, claude.connection_id))
            db.session.commit()
            return done

    return carry_out


@pytest.fixture
def decide(app, alice):
    """Set the policy of Alice's account."""

    def carry_out(**wanted):
        with app.app_context(), in_account(alice.account_id):
            ConnectionPolicy.of(alice.account_id).change(**wanted)
            db.session.commit()

    return carry_out


@pytest.fixture(params=["by the member", "by the policy"])
def limit(request, change, decide):
    """Set limits for Claude: on the connection, or for all of the account."""
    if request.param == "by the policy":
        return decide
    return lambda **wanted: change(lambda connection: lifecycle.limit(connection, **wanted))


@pytest.fixture
def inside(app, alice, ours):
    """A tag that only Grace carries; Doug has none of it."""
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Visible", "blue")
        grace = Profile.create(alice.account_id, "grace@example.org", "Grace", "Visible")
        tag.put_on([grace.id])
        db.session.commit()
        return str(tag.id), str(grace.id)


@pytest.fixture
def in_aperture(app: Flask, alice: Person) -> Callable[[], AbstractContextManager[None]]:
    """Work in Alice's account that is committed: `with in_aperture(): …`."""

    @contextmanager
    def do() -> Iterator[None]:
        with app.app_context(), in_account(alice.account_id):
            yield
            db.session.commit()

    return do
