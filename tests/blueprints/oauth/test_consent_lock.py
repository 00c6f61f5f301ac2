"""An answer on the consent page waits for who changes the account, and goes by what they changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.accounts.member import Member
from models.connections.authorization import Authorization
from models.connections.policy import ConnectionPolicy
from models.database import locks
from models.database.base import db
from models.permissions import Role
from models.request_scope import open_scope
from tests.assistant import Assistant, decide


def allow_only_reading(member):
    ConnectionPolicy.of(member.account_id).change(scopes=frozenset({"profiles:read"}))


def demote(member):
    member.role = Role.USER


@pytest.mark.both_databases
@pytest.mark.only("postgres")
@pytest.mark.parametrize("change", [allow_only_reading, demote])
def test_what_changes_while_an_answer_waits_for_the_lock_counts(app, browser_of, bob, within, monkeypatch, change):
    browser, asking = browser_of(bob), Assistant(app).register()
    page = asking.ask(browser, scope="profiles:read profiles:write")
    take = locks.take

    def save():
        with open_scope():
            within(bob, lambda _id: change(db.session.get_one(Member, bob.member_id)))

    def wait(account_id):
        monkeypatch.setattr(locks, "take", take)
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(save).result()
        take(account_id)

    monkeypatch.setattr(locks, "take", wait)
    decide(browser, page)

    assert within(bob, lambda _id: db.session.scalars(db.select(Authorization)).one().granted) == {"profiles:read"}
