"""Sending mail: each message at once when the worker hears of it, and every half minute whatever else is due."""

from __future__ import annotations

import logging
import uuid
from contextlib import AbstractContextManager, nullcontext

from blueprints.mail.rendering import Composed, compose
from blueprints.worker import jobs
from blueprints.worker.jobs import every, task
from config import current_settings
from models.database import db, only_reading
from models.mail import Attempt, Courier, Mailbox, Message, NotAnAddress, Refused, TryLater, in_mime

log = logging.getLogger("profile.mail")
AT_ONCE = 50


@task
def send_message(message_id: uuid.UUID) -> None:
    """Send one message, if it is due and nobody else has it."""
    with courier() as mail_server:
        send(message_id, mail_server)


@every(30)
def send_due_messages() -> None:
    """Send whatever is due: what was planned for now, what failed a while ago, and what a crash left behind."""
    with courier() as mail_server:
        while due := due_messages():
            for message_id in due:
                if jobs.stopping.is_set():
                    return
                send(message_id, mail_server)


@every(3_600)
def forget_old_messages() -> None:
    """Forget what was settled long ago."""
    Message.reap()
    db.session.commit()


def courier() -> AbstractContextManager[Courier | None]:
    """Who takes letters to the mail server; nobody where there is none."""
    server = current_settings().mail_server
    return Courier(server) if server else nullcontext()


def due_messages() -> list[uuid.UUID]:
    with only_reading():
        due = Message.due(AT_ONCE)
        db.session.rollback()
    return due


def send(message_id: uuid.UUID, mail_server: Courier | None) -> None:
    """One attempt. No transaction is open while the mail server is talked to (models/database/engine.py: writers wait in a queue)."""
    attempt = Attempt.begin(message_id)
    if attempt is None:
        return
    try:
        composed = composed_now(attempt.message)
    except Exception:
        log.exception("a message could not be written", extra={"mail": str(message_id)})
        db.session.rollback()
        attempt.try_later("Something went wrong on this server. Its log has the details.")
        return
    if composed is None:
        attempt.drop()
    elif mail_server is None:
        attempt.keep()
    else:
        hand_over(attempt, composed, mail_server)


def composed_now(message: Message) -> Composed | None:
    with only_reading():
        composed = compose(message)
        db.session.rollback()
    return composed


def hand_over(attempt: Attempt, composed: Composed, mail_server: Courier) -> None:
    message = attempt.message
    try:
        sender, recipient = Mailbox.read(current_settings().mail_from), Mailbox.read(message.recipient)
        mail = in_mime(composed.letter, sender, recipient, message.message_id, message.due_at)
        mail_server.hand_over(mail, sender, recipient)
    except NotAnAddress:
        attempt.fail("E-mail cannot be sent to this address.")
    except Refused as problem:
        attempt.fail(problem.sentence)
    except TryLater as problem:
        attempt.try_later(problem.sentence)
    else:
        # From the server's yes to this commit is where a kill makes a duplicate, and nowhere else.
        attempt.sent()
