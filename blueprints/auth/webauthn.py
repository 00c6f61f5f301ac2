"""Passkeys on pages: the browser that is asked is the one that answers, once."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request, session
from werkzeug.exceptions import NotFound

from config import current_settings
from models.accounts import Member
from models.audit import Action, Outcome
from models.database import db
from models.identity import BadAnswer, Ceremony, Party, Passkey, challenge_of
from models.strict_json import BadJSON, parse_json

KEY = "ceremony"
LONGEST = 65_536


def party() -> Party | None:
    """Whom passkeys are made for here; None where the server has no name."""
    return Party.at(current_settings().public_url)


def this_party() -> Party:
    """The same, for what needs one."""
    found = party()
    if found is None:
        raise NotFound
    return found


def begin(purpose: str, user_id: uuid.UUID | None = None) -> bytes:
    """A challenge for this browser."""
    session[KEY] = secret = Ceremony.begin(purpose, user_id)
    return challenge_of(secret)


def answered(purpose: str, user_id: uuid.UUID | None = None) -> tuple[dict[str, Any], bytes]:
    """What this browser answered, and the challenge that it had for this purpose, used up with that; raises `BadAnswer`."""
    secret = session.pop(KEY, None)
    if not isinstance(secret, str):
        raise BadAnswer
    return read_answer(), Ceremony.take(secret, purpose, user_id)


def proven(purpose: str, user_id: uuid.UUID | None = None) -> Passkey:
    """The passkey that answered; its person's, where one is named. Raises `BadAnswer`."""
    return this_party().proven(*answered(purpose, user_id), user_id)


def refused(problem: BadAnswer) -> None:
    """Undo what was begun; a passkey of somebody known that did not hold, perhaps a copy of one, is worth an entry."""
    user_id = problem.passkey.user_id if problem.passkey else None
    db.session.rollback()
    if user_id is not None:
        Member.record_everywhere(Action.PASSKEY_REFUSED, user_id, outcome=Outcome.REFUSED)
        db.session.commit()


def read_answer() -> dict[str, Any]:
    try:
        answer = parse_json(request.form.get("answer", "")[:LONGEST].encode("utf-8", "surrogatepass"))
    except BadJSON:
        raise BadAnswer from None
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise BadAnswer
    return answer
