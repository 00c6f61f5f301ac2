"""Forgetting codes, tokens, sessions and counters that nobody can use any more, and times that were never right."""

from __future__ import annotations

import logging

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from config import current_settings
from models.database import bring_forward, writing
from models.debriefs import LONGEST_PAUSE, DebriefRequest
from models.mail import Message
from models.privacy import Erasure, reap

log = logging.getLogger("profile.reaper")


@every(900)
def forget_what_is_over() -> None:
    """A few thousand rows at a time, until there are none."""
    settings = current_settings()
    while not jobs.stopping.is_set():
        gone = {name: number for name, number in reap(settings.session_lifetime).items() if number}
        if not gone:
            return
        log.info("what is over was forgotten", extra={"gone": gone})


@every(60)
def correct_times() -> None:
    """Let nothing wait for a time that only a clock that was ahead made late. Leases need no correction (models/database/lease.py)."""
    with writing():
        bring_forward(Message, Message.due_at, Message.created_at)
        bring_forward(DebriefRequest, DebriefRequest.due_at, DebriefRequest.asked_at, LONGEST_PAUSE)
        bring_forward(Erasure, Erasure.due_at, Erasure.asked_at)
