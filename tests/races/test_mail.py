"""The worker is killed between the commit of a message and its sending: at every point of the way, as often as RACE_ROUNDS says."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import select, update

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.database.base import db, now
from models.mail.message import Message
from models.permissions import Role
from tests.application import settings_for
from tests.fixtures.people import Person
from tests.forked_worker import Workers, forked_workers
from tests.mailbox import Mailbox

# How far the worker gets: it finds the message, claims and writes it; the conversation; the answer, and the commit after that.
POINTS = ("found", "greeted", "sender", "recipient", "content", "taken", "answered")
WITHIN = 30


@dataclass
class Story:
    """One message, the worker that is killed over it, and the next one that finds it."""

    app: Flask
    alice: Person
    mailbox: Mailbox
    workers: Workers
    point: str
    address: str
    pause: float
    dead: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int:
        """How often the mail came, always with the same Message-ID; twice only if the server had it when the worker died."""
        self.mailbox.clear()
        self.mailbox.at = self.reached
        if self.point == "content":
            # Content alone is no acceptance: what the server does not answer with yes, it has not taken.
            self.mailbox.to_data = lambda _mail: "451 nobody is there to hear this"
        self.invite()
        if self.point == "found":
            self.kill_in(self.pause)
        assert self.dead.wait(WITHIN), f"the worker never came to {self.point}"
        mails, had_it = self.mailbox.mails, bool(self.mailbox.mails)
        self.mailbox.at, self.mailbox.to_data = Mailbox().at, Mailbox().to_data
        self.two_minutes_later()
        self.workers.start()
        until(lambda: self.state == "sent")
        assert len({mail.id for mail in mails}) == 1
        assert len(mails) <= 1 + had_it
        return len(mails)

    def reached(self, stage: str) -> None:
        # A sweep that still has a connection open from the message before does not greet again.
        if stage == self.point or (self.point, stage) == ("greeted", "sender"):
            self.kill()
        elif (stage, self.point) == ("taken", "answered"):
            self.kill_in(self.pause / 40)

    def kill_in(self, seconds: float) -> None:
        threading.Timer(seconds, self.kill).start()

    def kill(self) -> None:
        self.workers.kill()
        self.dead.set()

    def invite(self) -> None:
        """Alice invites somebody, which is mail that must be sent."""
        with self.app.app_context():
            MemberInvitation.create(db.session.get_one(Member, self.alice.member_id), self.address, Role.USER)
            db.session.commit()

    def two_minutes_later(self) -> None:
        """The claim of the worker that was killed is over."""
        with self.app.app_context():
            db.session.execute(update(Message).where(Message.state == "waiting").values(claimed_until=now()))
            db.session.commit()

    @property
    def state(self) -> str:
        with self.app.app_context():
            return db.session.scalars(select(Message.state).where(Message.recipient == self.address)).one()


def until(true: Callable[[], bool]) -> None:
    """Look again and again, for half a minute."""
    pause = threading.Event()
    for _ in range(WITHIN * 100):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("what was waited for did not come about")


@pytest.fixture
def settings(database_url, public_url, mailbox):
    return settings_for(database_url, public_url, mailbox.url)


@pytest.mark.races
def test_a_killed_worker_loses_no_mail_and_doubles_only_what_was_taken_and_not_yet_noted(
    app, settings, alice, mailbox, figures, thorough
):
    usual = 3 * len(POINTS) if thorough else len(POINTS)
    kills, chance, doubled = int(os.environ.get("RACE_ROUNDS", usual)), random.Random(1), Counter[str]()
    with forked_workers(settings) as workers:
        workers.start()
        for number in range(kills):
            point, pause = POINTS[number % len(POINTS)], chance.uniform(0.001, 0.7)
            story = Story(app, alice, mailbox, workers, point, f"dora{number}@example.com", pause)
            doubled[point] += story.run() - 1
    figures(rounds=kills, lost=0, note=f"{doubled.total()} of {kills} messages came twice")
    sys.stdout.write(f"{kills} kills, no mail lost, doubled: {dict(doubled)}\n")
