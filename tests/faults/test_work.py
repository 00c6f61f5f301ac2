"""The worker is killed over an export or a deletion, and the mail server is away: each is done once, a little later."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select, update

from models.accounts.account import Account
from models.accounts.data_export import DataExport
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.audit.recorder import AuditEntry
from models.database.base import db, now
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from models.permissions import Role
from models.privacy.account_deletion import ask_deletion
from models.privacy.erasure import Erasure
from models.profiles.profile import Profile
from models.request_scope import Actor, current_scope
from tests.faults.machines import Machine, started, until
from tests.forked_worker import forked_workers
from tests.mailbox import smtp_server
from tests.postgres import free_port

PROFILES = 300
KILLS = 2
AT_WORK = 1.5
MAILS = 8


@pytest.fixture
def settings(settings):
    """With a mail server that is not there."""
    return replace(settings, worker="separate", mail_url=f"smtp://127.0.0.1:{free_port()}")


@pytest.fixture
def within(app):
    """Does something with the models, as this person, and commits it."""

    def do(work, person):
        acting = Actor(account_id=person.account_id, member_id=person.member_id, user_id=person.user_id)
        with app.app_context(), in_account(person.account_id):
            current_scope().authenticated_as(acting)
            done = work()
            db.session.commit()
            db.engine.dispose()
        current_scope().authenticated_as(Actor())
        return done

    return do


def count(table, *conditions):
    return db.session.scalar(select(func.count()).select_from(table).where(*conditions))


def add_profiles(person, number):
    for each in range(PROFILES):
        Profile.create(person.account_id, f"p{number}.{each}@example.com")


def finish(settings, release, finished):
    """Workers do it that are killed in the middle, one after the other, and one that is not; the seconds that this one took."""
    chance = random.Random()
    with forked_workers(settings) as workers:
        for _ in range(KILLS):
            workers.start()
            time.sleep(chance.uniform(0.05, AT_WORK))
            workers.kill()
        # The lease of one that is dead lasts two minutes.
        release()
        workers.start()
        return until(finished, "it was never finished")


def test_an_export_is_made_once_although_its_worker_is_killed(settings, within, alice, rounds, figures):
    for number in rounds:

        def ask(number=number):
            add_profiles(alice, number)
            return DataExport.ask(alice.account_id, alice.member_id).id

        mine = DataExport.id == within(ask, alice)

        def change(values, mine=mine):
            return within(lambda: db.session.execute(update(DataExport).where(mine).values(**values)), alice)

        def is_ready(mine=mine):
            return within(lambda: count(DataExport, mine, DataExport.state == "ready"), alice)

        figures(recovery=finish(settings, lambda change=change: change({"claimed_until": None}), is_ready))
        made = AuditEntry.action == "account.export_made"
        assert within(lambda made=made: count(AuditEntry, made), alice) == number + 1
        assert within(lambda: count(Message, Message.kind == Kind.EXPORT_READY), alice) == number + 1
    figures(lost=0, note="each made once, with one entry and one message")


def test_an_account_is_deleted_once_and_wholly_although_its_worker_is_killed(
    settings, within, alice, new_account, new_person, rounds, figures
):
    for number in rounds:
        owner = new_person(f"Owner{number}", new_account(f"Short-lived {number}"), Role.OWNER)

        def ask(owner=owner):
            add_profiles(owner, 0)
            ask_deletion(db.session.get_one(Member, owner.member_id), owner.account_name)
            db.session.flush()
            # The fortnight is over.
            db.session.execute(update(Erasure).values(due_at=now()))

        within(ask, owner)

        def release():
            within(lambda: db.session.execute(update(Erasure).values(claimed_until=None)), alice)

        def is_done(wanted=number + 1):
            return within(lambda: count(Erasure, Erasure.finished_at.is_not(None)), alice) == wanted

        figures(recovery=finish(settings, release, is_done))
        left = within(lambda owner=owner: (count(Account, Account.id == owner.account_id), count(Profile)), owner)
        assert left == (0, 0)
        assert within(lambda: (count(Erasure), count(Account)), alice) == (number + 1, 1)
    figures(lost=0, note="nothing is left of each, and others lost nothing")


def test_mail_waits_for_its_server_and_arrives_once(settings, within, alice, tmp_path, rounds, figures):
    doubled = 0
    with started(Machine(settings, tmp_path, "worker", "worker")):
        for number in rounds:
            people = [f"dora{number}.{each}@example.com" for each in range(MAILS)]

            def invite(people=people):
                inviter = db.session.get_one(Member, alice.member_id)
                for person in people:
                    MemberInvitation.create(inviter, person, Role.USER)

            within(invite, alice)

            def all_are(condition, people=people):
                mine = Message.recipient.in_(people)
                return within(lambda: count(Message, mine, condition), alice) == MAILS

            until(partial(all_are, Message.failure.is_not(None)), "nobody tried to send them")
            with smtp_server(port=int(settings.mail_url.rpartition(":")[2])) as mailbox:
                # The next attempt would come in a minute or two.
                within(lambda: db.session.execute(update(Message).values(claimed_until=None)), alice)
                figures(recovery=until(partial(all_are, Message.state == "sent"), "they were never sent"))
            assert {address for mail in mailbox.mails for address in mail.recipients} == {*people}
            assert len({mail.id for mail in mailbox.mails}) == MAILS
            doubled += len(mailbox.mails) - MAILS
    assert doubled == 0
    figures(lost=0, statuses=Counter(sent=MAILS * len(rounds)), note="0 came twice")
