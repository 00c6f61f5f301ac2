"""Passkeys on pages: a challenge is answered by the browser that requested it, once."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request, session
from werkzeug.exceptions import NotFound

from config import current_settings
from models.audit import Action
from models.database import db
from models.identity import BadAnswer, Ceremony, Party, Passkey, challenge_of, record_failure
from models.strict_json import BadJSON, parse_json

KEY = "ceremony"
LONGEST = 65_536


def party() -> Party | None:
    """The relying party for passkeys; None if this server has no host name for one."""
    return Party.at(current_settings().public_url)


def this_party() -> Party:
    """The same, for callers that need one."""
    found = party()
    if found is None:
        raise NotFound
    return found


def begin(purpose: str, user_id: uuid.UUID | None = None) -> bytes:
    """A challenge for this browser."""
    session[KEY] = secret = Ceremony.begin(purpose, user_id)
    return challenge_of(secret)


def answered(purpose: str, user_id: uuid.UUID | None = None) -> tuple[dict[str, Any], bytes]:
    """This browser's answer and its challenge for this purpose, which is thereby used up; raises `BadAnswer`."""
    secret = session.pop(KEY, None)
    if not isinstance(secret, str):
        raise BadAnswer
    return read_answer(), Ceremony.take(secret, purpose, user_id)


def proven(purpose: str, user_id: uuid.UUID | None = None) -> Passkey:
    """The passkey that answered, which must belong to the person if one is given. Raises `BadAnswer`."""
    return this_party().proven(*answered(purpose, user_id), user_id)


def refused(problem: BadAnswer) -> None:
    """Roll back, and record the failure of a known passkey, which may be a copy."""
    user_id = problem.passkey.user_id if problem.passkey else None
    db.session.rollback()
    if user_id is not None:
        record_failure(Action.PASSKEY_REFUSED, user_id)
        db.session.commit()


def read_answer() -> dict[str, Any]:
    try:
        answer = parse_json(request.form.get("answer", "")[:LONGEST].encode("utf-8", "surrogatepass"))
    except BadJSON:
        raise BadAnswer from None
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise BadAnswer
    return answer
