"""The worker that lives in the web processes: each has one thread that waits for its turn, and one process has it."""

from __future__ import annotations

import logging
import os
import threading

from flask import Flask

from blueprints.worker.leader_election import election
from blueprints.worker.threads import Team
from models.database import db

log = logging.getLogger("profile.work")

# Seconds: the first pages come first; then, how soon somebody steps in for a process that ended.
STARTS_AFTER = 1.0
ASKS_EVERY = 3.0
ENDS_WITHIN = 10.0


class Worker(threading.Thread):
    """Works whenever this process is the one that should."""

    def __init__(self, app: Flask, threads: int = 2, starts_after: float = STARTS_AFTER) -> None:
        super().__init__(name="worker", daemon=True)
        self.app, self.threads, self.starts_after = app, threads, starts_after
        self.ending = threading.Event()

    def run(self) -> None:
        self.ending.wait(self.starts_after)
        with self.app.app_context():
            lock = election(db.engine)
        team = None
        while not self.ending.is_set():
            if lock.won():
                team = team or self.take_over()
            elif team is not None:
                # The lock went with the database connection: another process may have it by now.
                team.stop(ENDS_WITHIN)
                team = None
            self.ending.wait(ASKS_EVERY)
        if team is not None:
            team.stop(ENDS_WITHIN)
        lock.resign()

    def take_over(self) -> Team:
        log.info("this process works now", extra={"pid": os.getpid()})
        team = Team(self.app, self.threads)
        team.start()
        return team

    def stop(self) -> None:
        """End in order, within seconds."""
        self.ending.set()
        self.join(ENDS_WITHIN + 2)
