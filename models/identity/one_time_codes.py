"""Codes that people enter to prove who they are: from their authenticator app or, where they have it no more, from their paper."""

from __future__ import annotations

from models.accounts import User
from models.database import db
from models.errors import Problem
from models.identity.recovery_codes import RecoveryCode, looks_like_one
from models.identity.second_factors import recovery_code_used
from models.rate_limits import Limit, counted, fill, give_back, wait_for

# Three codes of a million are right at a time: at this pace, whoever knows the password needs half a year for an even chance.
TRIES = Limit(a_minute=1, at_once=10)


class TooManyTries(Problem):
    """Codes were tried too fast; `wait` is how many seconds to wait."""

    def __init__(self, wait: int) -> None:
        self.wait = max(1, wait)
        unit = "second" if self.wait == 1 else "seconds"
        super().__init__(f"Too many incorrect codes. Wait {self.wait} {unit}, or use a recovery code now.")


def code_is_right(person: User, typed: str) -> bool:
    """Whether this is a code of this person that was not used before; it is used up by asking. Raises `TooManyTries`."""
    if looks_like_one(typed):
        # Nobody guesses one, so nobody is kept waiting by somebody who tries.
        if used := RecoveryCode.use(person.id, typed):
            recovery_code_used(person)
        return used
    return app_shows(person, typed)


def app_shows(person: User, typed: str) -> bool:
    app = person.authenticator
    if app is None:
        return False
    tries = counted(TRIES, "codes", person.id)
    # Counted first: of many tries at once, no two are both the last that there was room for (RFC 4226 §7.3).
    if not fill(tries):
        wait = wait_for(tries)
        db.session.rollback()
        raise TooManyTries(wait)
    if right := app.accepts(typed):
        give_back(tries)
    return right
