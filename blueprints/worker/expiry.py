"""Forgetting codes, tokens, sessions and counters that nobody can use any more."""

from __future__ import annotations

import logging

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from config import current_settings
from models.privacy import reap

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
