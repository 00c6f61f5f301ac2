"""Writing one debrief: leased by one worker at a time, and free again if that worker stops."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from sqlalchemy import func, select

from models.accounts import Account
from models.audit import Action, Outcome, record
from models.database import Lease, db, now
from models.debriefs.composer import compose
from models.debriefs.debrief import Debrief
from models.debriefs.model_endpoint import Recipient
from models.debriefs.request import DAY, DebriefRequest
from models.profiles import Profile, Result

ATTEMPTS = 3
PAUSES = (60, 300)
"""Seconds before the second and the third attempt."""

Results = dict[str, dict[str, Any] | None]


class LeaseLost(Exception):
    """The lease has ended and another worker may have the request: this work must not be stored."""


@dataclass(frozen=True)
class DebriefAttempt:
    """One attempt at one request. Its methods run in the caller's transaction, in the account of the request."""

    request_id: uuid.UUID
    account_id: uuid.UUID
    profile_id: uuid.UUID
    attempt: int
    """Counted from 1."""
    lease: Lease

    @classmethod
    def take(cls, request_id: uuid.UUID, lasts: timedelta) -> Self | None:
        """Lease a request that is due; None if another worker has it, or it is done."""
        due, attempts = DebriefRequest.due_at <= now(), DebriefRequest.attempts + 1
        lease = Lease.take(DebriefRequest, request_id, lasts, due, state="writing", attempts=attempts)
        if lease is None:
            return None
        found = select(DebriefRequest.account_id, DebriefRequest.profile_id, DebriefRequest.attempts)
        account_id, profile_id, attempt = db.session.execute(found.where(DebriefRequest.id == request_id)).one()
        return cls(request_id, account_id, profile_id, attempt, lease)

    @property
    def was_interrupted(self) -> bool:
        """Whether all attempts were used, and none of them came to an end."""
        return self.attempt > ATTEMPTS

    def results(self) -> Results:
        """The scores to write about."""
        return Result.present(self.account_id, self.profile_id)

    def names(self) -> tuple[str, str]:
        """First and last name, so that the text can be checked for them. They are not sent anywhere."""
        profile = Profile.find(self.account_id, self.profile_id)
        return profile.first_name, profile.last_name

    def goes_to(self, recipient: Recipient, most_a_day: int) -> bool:
        """Whether this account allows sending scores there, and is below its daily limit of model requests."""
        # An Owner who turns it off waits until this transaction ends, and nothing starts after that.
        account = db.session.get_one(Account, self.account_id, with_for_update={"read": True}, populate_existing=True)
        return account.allows_scores_to(recipient.host) and self._written_by_models_today() < most_a_day

    def _written_by_models_today(self) -> int:
        asked = select(func.count()).where(
            DebriefRequest.account_id == self.account_id,
            DebriefRequest.asked_at > now() - DAY,
            DebriefRequest.model.is_not(None),
            DebriefRequest.id != self.request_id,
        )
        return db.session.scalar(asked) or 0

    def record_sending(self, recipient: Recipient) -> None:
        """Record, before it happens, that the scores leave this server."""
        self._change(model=recipient.model)
        values = {"model": recipient.model, "sent_to": recipient.host}
        record(Action.SCORES_SENT, ("profile", self.profile_id), values=values)

    def keep(self, text: str, results: Results, model: str | None = None, stands_in_for: str | None = None) -> None:
        """Store the text. If other results have arrived since, request a new debrief."""
        self._finish("written")
        profile = Profile.find(self.account_id, self.profile_id)
        author = "model" if model else "embedded"
        Debrief.write(profile, text, author, results, model=model, stands_in_for=stands_in_for)
        record(Action.DEBRIEF_WRITTEN, ("profile", profile.id), values={"model": model} if model else {})
        if self.results() != results:
            DebriefRequest.ask(profile)

    def give_back(self) -> None:
        """Let another worker start again immediately; it counts as an attempt."""
        self._change(state="waiting", due_at=now(), claimed_until=None)

    def fail(self, why: str, model: str | None = None, wait: float = 0, for_good: bool = False) -> None:
        """Try again after at least `wait` seconds; give up after the last attempt, or if `for_good`."""
        if for_good or self.attempt >= ATTEMPTS:
            self._give_up(why, model)
        else:
            pause = timedelta(seconds=max(PAUSES[self.attempt - 1], wait))
            self._change(state="waiting", due_at=now() + pause, claimed_until=None, failure=why)

    def _give_up(self, why: str, model: str | None) -> None:
        self._finish("failed", failure=why)
        values = {"model": model} if model else {}
        record(Action.DEBRIEF_FAILED, ("profile", self.profile_id), outcome=Outcome.FAILED, reason=why, values=values)
        self._stand_in(model)

    def _stand_in(self, model: str | None) -> None:
        """Compose a debrief here, unless there is one for the same scores."""
        results, newest = self.results(), Debrief.newest(self.account_id, self.profile_id)
        if any(results.values()) and not (newest and newest.is_of(results)):
            profile = Profile.find(self.account_id, self.profile_id)
            Debrief.write(profile, compose(results), "embedded", results, stands_in_for=model)

    def _finish(self, state: str, **more: Any) -> None:
        self._change(state=state, finished_at=now(), claimed_until=None, **({"failure": None} | more))

    def _change(self, **values: Any) -> None:
        if not self.lease.change(**values):
            raise LeaseLost
