"""Codes that people enter to prove who they are: from their authenticator app, or recovery codes if they no longer have it."""

from __future__ import annotations

from flask_babel import ngettext

from models.accounts import User
from models.database import db
from models.identity.failed_proof import TooManyTries
from models.identity.recovery_codes import RecoveryCode, looks_like_one
from models.identity.second_factors import recovery_code_used
from models.rate_limits import Limit, counted, fill, give_back, wait_for

# Three of a million codes are valid at a time. At this rate, somebody who knows the password needs half a year for an
# even chance.
TRIES = Limit(a_minute=1, at_once=10)


def code_is_right(person: User, typed: str, place: str = "") -> bool:
    """Whether this is a valid, unused code of this person; asking uses it up. Raises `TooManyTries`.

    `place` names a browser in which the person signed in before. Only its own failures count there, so that somebody else who
    has the password cannot keep them out.
    """
    if looks_like_one(typed):
        # Nobody can guess a recovery code, so other people's tries do not block it.
        if used := RecoveryCode.use(person.id, typed):
            recovery_code_used(person)
        return used
    return app_shows(person, typed, place)


def app_shows(person: User, typed: str, place: str) -> bool:
    app = person.authenticator
    if app is None:
        return False
    tries = counted(TRIES, "codes", person.id, place)
    # Counted first: of simultaneous tries, no two can both be the last that was allowed (RFC 4226 §7.3).
    if not fill(tries):
        wait = max(1, wait_for(tries))
        db.session.rollback()
        said = ngettext(
            "Too many incorrect codes. Wait %(num)s second, or use a recovery code now.",
            "Too many incorrect codes. Wait %(num)s seconds, or use a recovery code now.",
            wait,
        )
        raise TooManyTries(wait, said)
    if right := app.accepts(typed):
        give_back(tries)
    return right
