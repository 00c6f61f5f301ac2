"""Hands a message to the mail server and records the outcome. No transaction is open while the server answers."""

from __future__ import annotations

from blueprints.mail.rendering import Composed, compose
from config import current_settings
from models.database import db, only_reading
from models.mail import Attempt, Courier, Mailbox, Message, NotAnAddress, Refused, TryLater, in_mime


def composed_now(message: Message) -> Composed | None:
    """The message as of now; None if there is no longer a reason to send it."""
    with only_reading():
        composed = compose(message)
        db.session.rollback()
    return composed


def hand_over(attempt: Attempt, composed: Composed, mail_server: Courier, *, once: bool = False) -> str | None:
    """Hand a message to the mail server; returns why it was not accepted. `once` gives up after the first failure."""
    message = attempt.message
    try:
        sender, recipient = Mailbox.read(current_settings().mail_from), Mailbox.read(message.recipient)
        mail = in_mime(composed.letter, sender, recipient, message.message_id, message.due_at)
        mail_server.hand_over(mail, sender, recipient)
    except NotAnAddress:
        failure, final = "E-mail cannot be sent to this address.", True
    except Refused as problem:
        failure, final = problem.sentence, True
    except TryLater as problem:
        failure, final = problem.sentence, once
    else:
        # From the server's yes to this commit is where a kill makes a duplicate, and nowhere else.
        attempt.sent()
        return None
    if final:
        attempt.fail(failure)
    else:
        attempt.try_later(failure)
    return failure
