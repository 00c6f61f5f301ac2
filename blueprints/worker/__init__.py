"""Work behind the pages: what a transaction left to be done is done by one worker, in a process of its own or in one of the server's."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from blueprints.worker.command import work
from blueprints.worker.debrief_commands import group as debrief_commands
from blueprints.worker.loop import Worker
from config import Settings
from models.database.leader_election import is_somebody_working
from models.mail import use_domain

__all__ = ["Worker", "init_app"]


def init_app(app: Flask, settings: Settings) -> None:
    """The commands of the worker; the process that works is started by gunicorn or by `flask work`."""
    # A Message-ID ends in a name of ours (RFC 5322 §3.6.4); mail filters distrust one that is no name at all.
    use_domain(urlsplit(settings.public_url).hostname or "localhost")
    # For /metrics, which belongs to another blueprint.
    app.extensions["is_somebody_working"] = is_somebody_working
    app.cli.add_command(work)
    app.cli.add_command(debrief_commands)
