"""One attempt to send a message: leased in one transaction, settled in another, with none open in between."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import update

from models.audit import Action, Outcome, record
from models.database import Lease, db, in_account, now, only_reading
from models.mail.message import LASTS, PAUSES, Message


@dataclass(frozen=True)
class Attempt:
    """A message that is being sent, and our lease on it."""

    message: Message
    """A detached copy from the time of the lease."""
    lease: Lease

    @classmethod
    def begin(cls, id_: uuid.UUID) -> Attempt | None:
        """Lease a message; None if it is not due, or somebody else has it."""
        lease = Lease.take(Message, id_, LASTS, Message.due_at <= now(), attempts=Message.attempts + 1)
        db.session.commit()
        message = load(id_) if lease else None
        return cls(message, lease) if message and lease else None

    @classmethod
    def of_new(cls, message: Message) -> Attempt | None:
        """Lease a message that is not due yet, for somebody who waits for the outcome; otherwise the worker sends it later."""
        lease = Lease.take(Message, message.id, LASTS, attempts=Message.attempts + 1)
        db.session.commit()
        loaded = load(message.id) if lease else None
        return cls(loaded, lease) if loaded and lease else None

    def sent(self) -> None:
        """The mail server has accepted it. This is recorded even if the message has changed since."""
        mine = update(Message).where(Message.id == self.message.id, Message.claimed_until == self.lease.until)
        db.session.execute(mine.values(state="sent", settled_at=now(), claimed_until=None, failure=None))
        db.session.commit()

    def keep(self) -> None:
        """There is no mail server: it is kept, for a person to pass on or to send later."""
        self._settle("kept")
        db.session.commit()

    def drop(self) -> None:
        """Drop it, since its reason no longer exists."""
        self._settle("dropped")
        db.session.commit()

    def try_later(self, why: str) -> None:
        """It failed for now: the next attempt follows after a growing pause; after the last one it fails."""
        attempts = self.message.attempts
        if attempts > len(PAUSES):
            self.fail(why)
            return
        self.lease.renew(PAUSES[attempts - 1], failure=why)
        db.session.commit()

    def fail(self, why: str) -> None:
        """It cannot be sent; the outbox and the audit log show that."""
        if self._settle("failed", why) and self.message.account_id is not None:
            with in_account(self.message.account_id):
                record(
                    Action.MAIL_FAILED,
                    *self.message.resources,
                    outcome=Outcome.FAILED,
                    values={"kind": self.message.kind},
                )
        db.session.commit()

    def _settle(self, state: str, why: str | None = None) -> bool:
        return self.lease.release(state=state, settled_at=now(), failure=why)


def load(id_: uuid.UUID) -> Message | None:
    """The message as a detached object: using it opens no transaction."""
    with only_reading():
        message = db.session.get(Message, id_)
        if message is not None:
            db.session.expunge(message)
        db.session.rollback()
    return message
