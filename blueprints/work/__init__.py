"""Work behind the pages: what a transaction left to be done is done by one worker, in a process of its own or in one of the server's."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app

from blueprints.work.command import work
from blueprints.work.debrief_commands import group as debrief_commands
from blueprints.work.embedded import Worker
from blueprints.work.queue import Queue
from blueprints.work.team import follow_hint, queue_of
from config import Settings
from models import errand
from models.base import db
from models.message import use_domain

__all__ = ["Worker", "init_app"]


def init_app(app: Flask, settings: Settings) -> None:
    """Let the worker hear of what this app's transactions leave to be done."""
    # A Message-ID ends in a name of ours (RFC 5322 §3.6.4); mail filters distrust one that is no name at all.
    use_domain(urlsplit(settings.public_url).hostname or "localhost")
    app.extensions["work"] = Queue(settings.queue, follow_hint(app))
    app.cli.add_command(work)
    app.cli.add_command(debrief_commands)


def tell_worker(errands: list[errand.Errand]) -> None:
    queue_of(current_app).put(errands)


errand.watch(db.session, tell_worker)
