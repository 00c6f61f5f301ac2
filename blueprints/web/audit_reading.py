"""Reading other people's entries of the audit log leaves an entry itself, wherever they are shown."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable

from flask import session

from models.accounts import Member
from models.audit import Action, record
from models.database import writing
from models.permissions import Permission

NOTED_EVERY = 3_600
NOTED = "trail_read"


def note_reading(reader: Member, members: Iterable[uuid.UUID | None] | None = None) -> None:
    """Record that this member was shown the entries of these members (None: of anybody).

    Once an hour per browser, so that paging does not flood the log. It ends the transaction: call it after rendering.
    """
    if not reader.may(Permission.SEE_WHOLE_AUDIT) or (members is not None and set(members) <= {reader.id}):
        return
    account, when = session.get(NOTED) or ("", 0)
    if account == reader.account_id.hex and 0 <= time.time() - when < NOTED_EVERY:
        return
    session[NOTED] = (reader.account_id.hex, int(time.time()))
    with writing():
        record(Action.AUDIT_READ)
