"""One attempt to send a message: claimed in a transaction of its own, settled in another, with nothing held open in between."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, update

from models.audit.recorder import Action, Outcome, record
from models.database.base import db, now, rows_changed
from models.database.engine import only_reading
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from models.request_scope import Resource

# Longer than a conversation with the mail server can last (models/mail/smtp.py), so that nobody else sends meanwhile.
CLAIM = timedelta(seconds=120)
# After each attempt that failed for now; a mail server that is away for most of a day loses nothing.
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]


@dataclass(frozen=True)
class Attempt:
    """A message that is being sent, and the claim by which it is ours. Whoever is killed leaves it to others when the claim ends."""

    message: Message
    """As it was when it was claimed; it belongs to no session."""
    until: datetime

    @classmethod
    def begin(cls, id_: uuid.UUID) -> Attempt | None:
        """Claim a message; None when it is not due, or somebody else has it."""
        until = now() + CLAIM
        free = update(Message).where(Message.id == id_, Message.free())
        claimed = rows_changed(free.values(claimed_until=until, attempts=Message.attempts + 1)) == 1
        db.session.commit()
        message = load(id_) if claimed else None
        return None if message is None else cls(message, until)

    def sent(self) -> None:
        """The mail server has it. Whatever became of the message meanwhile, that is what happened."""
        mine = update(Message).where(Message.id == self.message.id, Message.claimed_until == self.until)
        db.session.execute(mine.values(state="sent", settled_at=now(), claimed_until=None, failure=None))
        db.session.commit()

    def keep(self) -> None:
        """There is no mail server: it stays, for a person to hand over or to send later."""
        self._settle("kept")

    def drop(self) -> None:
        """The reason for it has gone."""
        self._settle("dropped")

    def try_later(self, why: str) -> None:
        """It failed for now: the next attempt comes after a pause that grows, and after the last there is none."""
        attempts = self.message.attempts
        if attempts > len(PAUSES):
            self.fail(why)
            return
        db.session.execute(self._mine().values(claimed_until=now() + PAUSES[attempts - 1], failure=why))
        db.session.commit()

    def fail(self, why: str) -> None:
        """It cannot be sent; the outbox and the trail say so."""
        self._settle("failed", why)

    def _settle(self, state: str, why: str | None = None) -> None:
        settled = self._mine().values(state=state, settled_at=now(), claimed_until=None, failure=why)
        if rows_changed(settled) == 1 and state == "failed" and self.message.account_id is not None:
            with in_account(self.message.account_id):
                record(
                    Action.MAIL_FAILED, *about(self.message), outcome=Outcome.FAILED, values={"kind": self.message.kind}
                )
        db.session.commit()

    def _mine(self) -> Update:
        mine = update(Message).where(Message.id == self.message.id, Message.claimed_until == self.until)
        return mine.where(Message.state == "waiting")


def load(id_: uuid.UUID) -> Message | None:
    """The message, for itself: what is done with it opens no transaction."""
    with only_reading():
        message = db.session.get(Message, id_)
        if message is not None:
            db.session.expunge(message)
        db.session.rollback()
    return message


def about(message: Message) -> list[Resource]:
    """What the trail names: the person it was for."""
    if message.profile_id is not None:
        return [("profile", message.profile_id)]
    if message.kind == Kind.MEMBER_INVITATION and message.about_id is not None:
        return [("member_invitation", message.about_id)]
    return []
