"""Failed attempts to prove who one is: how many there can be, and which of them are in the audit log."""

from __future__ import annotations

import uuid

from flask_babel import ngettext

from models.accounts import Member
from models.audit import MORE_FOLLOW, Action, Outcome
from models.errors import Problem
from models.rate_limits import Counted, Limit, counted, fill, give_back, wait_for
from models.rate_limits.buckets import take
from models.request_scope import current_scope

# Entries a day about one person: enough to see an attack, too few for it to fill the audit log. What comes from one network
# leaves room for what comes from others.
FROM_ONE_NETWORK, FROM_ALL = Limit.per_day(20), Limit.per_day(200)
# Attempts at the password of a signed-in person.
A_MINUTE, A_DAY = Limit.per_minute(10), Limit.per_day(30)


class TooManyTries(Problem):
    """Too many attempts failed; `wait` is how many seconds to wait."""

    def __init__(self, wait: int, message: str) -> None:
        super().__init__(message)
        self.wait = wait


def record_failure(action: Action, user_id: uuid.UUID, reason: str | None = None) -> None:
    """Record a failed attempt in the audit log of each of this person's accounts, unless many were recorded today.

    The last one that is recorded says that others may follow.
    """
    network = current_scope().actor.address or ""
    from_here = counted(FROM_ONE_NETWORK, "recorded failures", action, user_id, network)
    from_all = counted(FROM_ALL, "recorded failures from all networks", action, user_id)
    if not (fill(from_here) and fill(from_all)):
        return
    values = {MORE_FOLLOW: True} if wait_for(from_here, from_all) else {}
    Member.record_everywhere(action, user_id, outcome=Outcome.REFUSED, reason=reason, values=values)


def count_try(session_id: uuid.UUID) -> None:
    """Count an attempt at the password in a browser that is signed in; raises `TooManyTries`. Ends the current transaction."""
    if wait := take(*tries_of(session_id)):
        said = ngettext(
            "Too many attempts. Wait %(num)s second, then try again.",
            "Too many attempts. Wait %(num)s seconds, then try again.",
            wait,
        )
        raise TooManyTries(wait, said)


def forget_try(session_id: uuid.UUID) -> None:
    """Uncount an attempt, because it succeeded."""
    give_back(*tries_of(session_id))


def last_try_failed(session_id: uuid.UUID) -> bool:
    """Whether a browser has no attempt left today. It must be signed out: who knows the password can sign in again."""
    return wait_for(*tries_of(session_id)[1:]) > 0


def tries_of(session_id: uuid.UUID) -> tuple[Counted, Counted]:
    # Of this session alone: somebody in a stolen one cannot keep the person from confirming in their own.
    return counted(A_MINUTE, "confirmations", session_id), counted(A_DAY, "confirmations of a day", session_id)
