"""The threads that work: a few for the sweeps, and huey's for the hints."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask

from blueprints.worker import jobs
from blueprints.worker.scheduler import Rota
from blueprints.worker.wakeup_queue import Queue
from models.request_scope import open_scope

if TYPE_CHECKING:
    from huey.consumer import Consumer

log = logging.getLogger("profile.work")

# Seconds between two looks into the queue, where that is a file.
LISTENS_EVERY = 0.5


class Team:
    """All the threads of one worker. They end with the process, or when they are told to."""

    def __init__(self, app: Flask, threads: int) -> None:
        self.app, self.threads = app, threads
        self.consumer: Consumer | None = None
        self.rota: Rota | None = None

    def start(self) -> None:
        """Begin to work."""
        jobs.load()
        jobs.stopping.clear()
        self.rota = Rota(jobs.SWEEPS.values(), lambda sweep: perform(self.app, sweep.name, sweep.work))
        self.rota.start()
        self.listen()

    def listen(self) -> None:
        """Follow hints; where the queue cannot be opened, the sweeps alone do the work."""
        try:
            self.consumer = consumer(queue_of(self.app), self.threads)
            self.consumer.start()
        except Exception:
            log.exception("the queue cannot be opened: work waits for the next sweep")

    def stop(self, within: float) -> None:
        """Finish what was begun, for so many seconds, and begin nothing more."""
        jobs.stopping.set()
        if self.rota is not None:
            self.rota.stop()
        if self.consumer is not None:
            self.consumer.stop()
        underway.wait(within)


class Underway:
    """How many pieces of work are being done in this process."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = threading.Condition()

    def __enter__(self) -> None:
        with self.changed:
            self.count += 1

    def __exit__(self, *_problem: object) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def wait(self, within: float) -> None:
        """Until nothing is, or so many seconds have passed."""
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0, within)


underway = Underway()


def consumer(queue: Queue, threads: int) -> Consumer:
    """huey's consumer, without what it does to a process of its own."""
    from huey.consumer import Consumer

    class Listeners(Consumer):
        def start(self) -> None:
            """Without its scheduler, since nothing here is scheduled, and without its signal handlers: signals are gunicorn's or the
            command's, and can only be set in the main thread."""
            for _, thread in self.worker_threads:
                thread.start()

    huey, _ = queue.open()
    pace: dict[str, Any] = {"initial_delay": 0.1, "max_delay": LISTENS_EVERY, "scheduler_interval": 60}
    return Listeners(huey, workers=threads, periodic=False, **pace)


def queue_of(app: Flask) -> Queue:
    queue: Queue = app.extensions["work"]
    return queue


def perform(app: Flask, name: str, work: Callable[[], None]) -> None:
    """Do one piece of work, in a session of its own; what goes wrong is logged and ends nothing else."""
    with underway, app.app_context(), open_scope():
        try:
            work()
        except Exception:
            log.exception("work failed", extra={"work": name})


def follow_hint(app: Flask) -> Callable[[str, uuid.UUID], None]:
    """What is done with a hint in this app."""

    def follow(name: str, id_: uuid.UUID) -> None:
        jobs.load()
        task = jobs.TASKS.get(name)
        # A hint that comes too late is dropped: the next worker's sweep finds the row.
        if task is not None and not jobs.stopping.is_set():
            perform(app, name, lambda: task(id_))

    return follow
