"""Work behind the pages: what a transaction left to be done is done by one worker, in a process of its own or in one of the server's."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app

from blueprints.worker.command import work
from blueprints.worker.debrief_commands import group as debrief_commands
from blueprints.worker.in_process import Worker
from blueprints.worker.threads import follow_hint, queue_of
from blueprints.worker.wakeup_queue import Queue
from config import Settings
from models.database import after_commit, db
from models.mail import use_domain

__all__ = ["Worker", "init_app"]


def init_app(app: Flask, settings: Settings) -> None:
    """Let the worker hear of what this app's transactions leave to be done."""
    # A Message-ID ends in a name of ours (RFC 5322 §3.6.4); mail filters distrust one that is no name at all.
    use_domain(urlsplit(settings.public_url).hostname or "localhost")
    app.extensions["work"] = Queue(settings.queue, follow_hint(app))
    app.cli.add_command(work)
    app.cli.add_command(debrief_commands)


def wake_worker(jobs: list[after_commit.Job]) -> None:
    queue_of(current_app).put(jobs)


after_commit.watch(db.session, wake_worker)
