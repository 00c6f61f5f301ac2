"""Eight windows use one link, or one recovery code, at the same moment: one of them gets through."""

from __future__ import annotations

import pytest
from httpx2 import Client
from sqlalchemy import func, select

from models.accounts.user import User
from models.database.base import db
from models.identity.passkey import Passkey
from models.identity.password_reset import PasswordReset
from models.identity.pending_sign_in import SecondStep
from models.identity.recovery_codes import RecoveryCode
from models.identity.session import LoginSession
from tests.pages import TOKEN

pytestmark = pytest.mark.races


@pytest.fixture
def window(server):
    """A browser that nobody is signed in with: its cookie, and what its forms carry."""

    def opened(path="/sign-in", **form):
        with Client(base_url=server.url) as client:
            token = TOKEN.search(client.get(path).text)[1]
            if form:
                client.post(path, data={"csrf_token": token, **form})
            return f"profile={client.cookies['profile']}", token

    return opened


def test_of_eight_who_use_a_link_to_a_new_password_one_sets_it(app, racers, rounds, window, alice):
    cookie, token = window()
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
    for batch in rounds(20):
        for number in batch:
            with app.app_context():
                path = f"/reset-password/{PasswordReset.create(db.session.get_one(User, alice.user_id)).secret}"
                db.session.commit()
            wanted = [f"{word} teapots on bicycle {number}" for word in words]
            forms = [(path, {"csrf_token": token, "password": password}) for password in wanted]
            statuses = [reply.status for reply in racers.post_each(forms, cookie)]
            assert statuses.count(302) == 1
            assert set(statuses) <= {302, 400, 404}


def test_of_eight_who_enter_a_recovery_code_one_signs_in(app, racers, rounds, window, alice):
    with app.app_context():
        user = db.session.get_one(User, alice.user_id)
        key = Passkey(
            user_id=user.id,
            credential_id="x",
            public_key="",
            sign_count=0,
            synced=False,
            name="x",
            created_at=user.created_at,
        )
        db.session.add(key)
        db.session.commit()
    for batch in rounds(20):
        for _ in batch:
            with app.app_context():
                code = RecoveryCode.make(alice.user_id)[0]
                before = counts()
                db.session.commit()
            cookie, token = window(email=alice.email, password=alice.password)
            form = ("/sign-in/second-step", {"csrf_token": token, "code": code})
            replies = racers.post_each([form] * racers.number, cookie)
            assert {reply.status for reply in replies} <= {302, 400}
            with app.app_context():
                assert counts() == (before[0] + 1, before[1] + 1)
                assert RecoveryCode.left(alice.user_id) == 9


def counts():
    """How many sessions there are, and how many steps that were completed or ended."""
    return tuple(db.session.scalar(select(func.count(column))) for column in (LoginSession.id, SecondStep.ended_at))
