"""Who has a lease, even after the clock was wrong."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from blueprints.worker.expiry import correct_times
from models.database import Lease, db, now
from models.mail.message import PAUSES, Kind, Message
from models.privacy.erasure import Erasure

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def worker(app):
    with app.app_context():
        yield


@pytest.fixture
def deletion(worker):
    moment, subject = now(), uuid.uuid4()
    erasure = Erasure(
        kind="person", subject_id=subject, account_ids=[], asked_at=moment, due_at=moment, retention_days=0
    )
    db.session.add(erasure)
    db.session.flush()
    return erasure


@pytest.fixture
def mail(worker):
    return Message.post(Kind.PASSWORD_CHANGED, "alice@example.com")


def free(row):
    db.session.flush()
    return Lease.take(type(row), row.id, MINUTE) is not None


@pytest.mark.parametrize(
    ("ends_in", "is_free"), [(-MINUTE, True), (MINUTE, False), (2 * MINUTE, False), (4 * MINUTE, True), (DAY, True)]
)
def test_a_lease_holds_no_longer_than_one_can_last(deletion, ends_in, is_free):
    deletion.claimed_until = now() + ends_in
    assert free(deletion) is is_free


def test_a_lease_that_a_clock_that_was_ahead_gave_is_lost(deletion):
    lost = Lease.take(Erasure, deletion.id, DAY)
    assert free(deletion)
    assert not lost.change(done=1)


@pytest.mark.parametrize("attempts", range(1, len(PAUSES) + 1))
def test_mail_waits_out_the_pause_after_each_attempt_and_no_longer(mail, attempts):
    mail.attempts, mail.claimed_until = attempts, now() + PAUSES[attempts - 1]
    assert not free(mail)
    mail.claimed_until = now() + max(PAUSES[attempts - 1], 2 * MINUTE) + 2 * MINUTE
    assert free(mail)


def test_what_was_due_at_once_while_a_clock_was_ahead_is_due_now_and_a_plan_is_kept(deletion, mail):
    planned = Message.post(Kind.ASSESSMENT_REMINDER, "alice@example.com", due_at=now() + DAY)
    for row, made in ((deletion, "asked_at"), (mail, "created_at")):
        setattr(row, made, now() + DAY)
        row.due_at = getattr(row, made)
    db.session.commit()
    correct_times()
    for row in (deletion, mail):
        assert row.due_at <= now()
    assert planned.due_at > now()
