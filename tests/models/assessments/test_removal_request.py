"""Who asks to be removed is answered once and where they asked, whatever happens at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from models.accounts.member import Member
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import hold_profile
from models.database.base import db
from models.database.engine import writing
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from models.profiles.profile import Profile
from models.request_scope import open_scope

ADDRESS = "ana@example.com"
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def ana(account_id):
    profile_id = Profile.create(account_id, ADDRESS, "Ana").id
    db.session.commit()
    return profile_id


@pytest.fixture
def ask(app, account_id, ana):
    """Ana asks, in another browser: by her own link with `asked_from`, or by a shared one."""

    def go(asked_from=None):
        with app.app_context(), open_scope(), writing(), in_account(account_id):
            RemovalRequest.ask(hold_profile(account_id, ana), asked_from)

    return go


@pytest.fixture
def meanwhile():
    """Runs something beside the test."""
    with ThreadPoolExecutor(4) as beside:
        yield beside


def requests():
    db.session.rollback()
    found = db.session.scalars(select(RemovalRequest).order_by(RemovalRequest.id))
    return [(each.open, each.asked_from) for each in found]


def answered():
    declined = select(Message.recipient).where(Message.kind == Kind.REMOVAL_DECLINED)
    return db.session.scalars(declined).all()


def test_those_who_ask_at_once_make_one_request(account_id, ask, meanwhile):
    for asking in [meanwhile.submit(ask, asked_from) for asked_from in (None, ADDRESS, None, ADDRESS)]:
        asking.result()
    assert requests() == [(True, ADDRESS)]


@pytest.mark.only("postgres")
def test_who_asks_by_their_own_link_while_it_is_declined_gets_the_answer(account_id, ask, meanwhile, bob):
    ask()
    [wish] = RemovalRequest.open_in(account_id)
    meanwhile.submit(ask, ADDRESS).result()
    wish.decline(db.session.get_one(Member, bob.member_id), "We still need it.")
    db.session.commit()
    assert answered() == [ADDRESS]


@pytest.mark.only("postgres")
def test_who_asks_when_it_has_just_been_declined_asks_again(account_id, ask, meanwhile, bob):
    ask()
    [wish] = RemovalRequest.open_in(account_id)
    wish.decline(db.session.get_one(Member, bob.member_id), "We still need it.")
    asking = meanwhile.submit(ask, ADDRESS)
    with db.engine.connect() as other:
        while not other.scalar(WAITING) and not asking.done():
            other.rollback()
    db.session.commit()
    asking.result()
    assert requests() == [(False, None), (True, ADDRESS)]
