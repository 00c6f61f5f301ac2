"""Sending mail: every second whatever is due, so that a message leaves as soon as it is committed."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager, nullcontext

from blueprints.mail.delivery import composed_now, hand_over
from blueprints.worker import jobs
from blueprints.worker.jobs import SOON, every
from config import current_settings
from models.database import db, only_reading
from models.mail import Attempt, Courier, Message

AT_ONCE = 50


@every(SOON)
def send_due_messages() -> None:
    """Send whatever is due: what is new, what was planned for now, what failed a while ago, and what a crash left behind."""
    with courier() as mail_server:
        while due := due_messages(AT_ONCE):
            for message_id in due:
                if jobs.stopping.is_set():
                    return
                send(message_id, mail_server)


@every(SOON)
def send_newest_messages() -> None:
    """Send from the other end, so that a new password does not wait behind a thousand invitations."""
    with courier() as mail_server:
        while not jobs.stopping.is_set() and (newest := due_messages(1, newest_first=True)):
            send(newest[0], mail_server)


@every(3_600)
def forget_old_messages() -> None:
    """Forget what was settled long ago."""
    Message.reap()
    db.session.commit()


def courier() -> AbstractContextManager[Courier | None]:
    """Who takes letters to the mail server; nobody where there is none."""
    server = current_settings().mail_server
    return Courier(server) if server else nullcontext()


def due_messages(limit: int, *, newest_first: bool = False) -> list[uuid.UUID]:
    with only_reading():
        due = Message.due(limit, newest_first=newest_first)
        db.session.rollback()
    return due


def send(message_id: uuid.UUID, mail_server: Courier | None) -> None:
    """One attempt. No transaction is open while the mail server is talked to (models/database/engine.py: writers wait in a queue)."""
    attempt = Attempt.begin(message_id)
    if attempt is None:
        return
    with jobs.job("mail", message_id, attempt.message.account_id) as sending:
        try:
            composed = composed_now(attempt.message)
        except Exception as error:  # noqa: BLE001 -- the job's line has it
            sending.failed(error, why="a message could not be written")
            db.session.rollback()
            attempt.try_later("Something went wrong on this server. Its log has the details.")
            return
        if composed is None:
            attempt.drop()
        elif mail_server is None:
            attempt.keep()
        elif hand_over(attempt, composed, mail_server):
            # Why is in the outbox: what a mail server says may repeat the address.
            sending.not_done(attempt=attempt.message.attempts)
