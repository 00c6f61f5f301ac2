"""The worker as processes that can be killed: forked from one that has loaded the product, as gunicorn forks its own.

Run as `python -m tests.forked_worker`, with the settings in the environment. Each line on stdin starts a worker, whose number
is printed to stdout; at the end of stdin everything ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from signal import SIGKILL
from typing import IO

from flask import Flask
from sqlalchemy.orm import configure_mappers

from app import create_app
from blueprints.worker import Worker, jobs
from config import ROOT, Settings
from models.database.base import db
from tests.server import variables


@dataclass
class Workers:
    """Starts workers, one at a time."""

    commands: IO[str]
    answers: IO[str]
    pid: int = 0

    def start(self) -> None:
        """A new worker, which begins with a sweep."""
        self.commands.write("start\n")
        self.commands.flush()
        self.pid = int(self.answers.readline())

    def kill(self) -> None:
        """Kill it, as a power failure would."""
        os.kill(self.pid, SIGKILL)


@contextmanager
def forked_workers(settings: Settings) -> Iterator[Workers]:
    """Workers over the database of these settings."""
    command = [sys.executable, "-m", "tests.forked_worker"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=variables(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    with process:
        workers = Workers(process.stdin, process.stdout)
        try:
            yield workers
        finally:
            process.stdin.close()
            if workers.pid:
                workers.kill()


def main() -> None:
    app, child = create_app(), 0
    jobs.load()
    configure_mappers()
    while sys.stdin.readline():
        if child:
            # It is dead or dying: the next one must find the lock free.
            os.waitpid(child, 0)
        if (child := os.fork()) == 0:
            work(app)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def work(app: Flask) -> None:
    """The life of one worker; it ends by being killed."""
    with app.app_context():
        db.engine.dispose(close=False)
    worker = Worker(app, starts_after=0)
    worker.start()
    worker.join()


if __name__ == "__main__":
    main()
