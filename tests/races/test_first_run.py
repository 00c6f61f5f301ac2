"""Eight people have the link to a new server, and send its form at once: one of them becomes the Owner of the one account."""

from __future__ import annotations

from dataclasses import replace

import pytest
from httpx2 import Client
from sqlalchemy import delete, func, select

from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.sign_up import set_up_token
from models.accounts.user import User
from models.database.base import db
from models.permissions import Role
from tests.pages import TOKEN

pytestmark = pytest.mark.races
# Each round hashes eight passwords.
ROUNDS = 50


@pytest.fixture
def settings(settings):
    """Nothing but the race: no mail is sent."""
    return replace(settings, worker="separate")


@pytest.fixture
def window(server):
    """A browser that nobody is signed in with: its cookie, and what its forms carry."""
    with Client(base_url=server.url) as client:
        token = TOKEN.search(client.get("/sign-up").text)[1]
        return f"profile={client.cookies['profile']}", token


def test_of_eight_who_set_up_a_new_server_one_does(app, racers, rounds, window):
    cookie, csrf = window
    for batch in rounds(1):
        with app.app_context():
            # As new: nobody is there, but the link of before is spent.
            for table in (Member, Account, User):
                db.session.execute(delete(table))
            token = set_up_token()
            db.session.commit()
        people = [
            {
                "csrf_token": csrf,
                "token": token,
                "name": "Dora",
                "email": f"dora{batch.start}.{n}@example.com",
                "password": "seven teapots on a bicycle",
                "account_name": f"Diner {n}",
            }
            for n in range(racers.number)
        ]
        replies = racers.post_each([("/sign-up", form) for form in people], cookie)
        assert sorted(reply.status for reply in replies).count(302) == 1
        assert {reply.status for reply in replies} <= {302, 400, 403}
        with app.app_context():
            counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (Account, User, Member)]
            roles = set(db.session.scalars(select(Member.role)))
            db.session.rollback()
        assert (counts, roles) == ([1, 1, 1], {Role.OWNER})
