"""The worker: of all processes that could work, one is elected, and does the sweeps in a few threads, whichever is due next."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Iterable
from time import monotonic

from flask import Flask

from blueprints.worker import jobs
from blueprints.worker.jobs import FAILED, JOBS, Sweep, stopping
from models.database import db, election, outage
from models.request_scope import open_scope

log = logging.getLogger("profile.work")

# Two may wait for the mail server and two for a language model; the others go on with the rest.
THREADS = 6
# Seconds: the first pages come first; how soon somebody steps in for a process that ended; how long one may take to end.
STARTS_AFTER = 1.0
ASKS_EVERY = 3.0
ENDS_WITHIN = 10.0
# Seconds between two looks at the clock, by one thread; the others wait for that one.
TICK = 0.25
# Seconds from a turn that found no database to the next: each is a line in the log.
OUTAGE_PAUSE = 5.0


class Worker(threading.Thread):
    """Works whenever this process is the one that should; the web processes have one each, and `flask work` is one."""

    def __init__(self, app: Flask, threads: int = THREADS, starts_after: float = STARTS_AFTER) -> None:
        super().__init__(name="worker", daemon=True)
        self.app, self.threads, self.starts_after = app, threads, starts_after
        self.ending = threading.Event()
        self.rota: Rota | None = None

    def run(self) -> None:
        """Ask for the lock again and again: to work while this process has it, and to stop when another may have it."""
        stopping.set()
        self.ending.wait(self.starts_after)
        with self.app.app_context():
            lock = election(db.engine)
        while not self.ending.is_set():
            try:
                if lock.won():
                    self.lead()
                else:
                    stopping.set()
            except Exception:
                stopping.set()
                log.exception("this process cannot tell whether it should work, and asks again in a moment")
            self.ending.wait(ASKS_EVERY)
        stopping.set()
        if self.rota:
            self.rota.end(ENDS_WITHIN)
        lock.resign()

    def lead(self) -> None:
        """Work, from now on or as before."""
        if stopping.is_set():
            log.info("this process works now", extra={"pid": os.getpid()})
        self.rota = self.rota or Rota(self.app, jobs.load().values(), self.threads)
        stopping.clear()

    def stop(self) -> None:
        """End in order, within seconds."""
        self.ending.set()
        self.join(ENDS_WITHIN + 2)


class Rota:
    """Runs the sweeps in turn. Its threads live as long as the process, even if it loses and regains the lock, so that no sweep
    runs twice at once."""

    def __init__(self, app: Flask, sweeps: Iterable[Sweep], threads: int) -> None:
        self.app = app
        self.due = dict.fromkeys(sweeps, 0.0)
        """From when on; never, for a sweep that is being done."""
        self.looking = threading.Lock()
        self.ending = threading.Event()
        self.threads = [
            threading.Thread(target=self.follow, name=f"sweeps-{n + 1}", daemon=True) for n in range(threads)
        ]
        for thread in self.threads:
            thread.start()

    def follow(self) -> None:
        """Take turns with the other threads until the end."""
        while sweep := self.next():
            served = perform(self.app, sweep)
            self.due[sweep] = monotonic() + (sweep.pause if served else max(sweep.pause, OUTAGE_PAUSE))

    def next(self) -> Sweep | None:
        """The sweep whose turn it is, when it comes; None at the end."""
        with self.looking:
            while not self.ending.is_set():
                sweep = min(self.due, key=self.due.__getitem__)
                if self.due[sweep] <= monotonic() and not stopping.is_set():
                    self.due[sweep] = math.inf
                    return sweep
                self.ending.wait(TICK)
        return None

    def end(self, within: float) -> None:
        """Begin nothing more, and wait so many seconds for what was begun."""
        self.ending.set()
        until = monotonic() + within
        for thread in self.threads:
            thread.join(max(0, until - monotonic()))


def perform(app: Flask, sweep: Sweep) -> bool:
    """Do what is due in a session of its own; what goes wrong is logged and ends nothing else. Returns whether the database was there."""
    try:
        with app.app_context(), open_scope():
            sweep.work()
    except Exception as error:
        JOBS.add("sweep", FAILED)
        log.exception("work failed", extra={"work": sweep.name})
        return outage(error) is None
    return True
