"""`flask work`: the worker as a process of its own."""

from __future__ import annotations

import signal
from logging.config import dictConfig
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from blueprints.worker.loop import THREADS, Worker
from config import current_settings
from log_lines import for_process, log_what_python_says


@click.command("work")
@click.option(
    "--threads", default=THREADS, show_default=True, type=click.IntRange(1, 64), help="How many jobs run at once."
)
@with_appcontext
def work(threads: int) -> None:
    """Send mail, write debriefs and clean up, until stopped.

    If several run, one works and the others stand by. Set WORKER=separate, or a web process can be the one that works.
    """
    dictConfig(for_process(current_settings().log_format))
    log_what_python_says()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    worker = Worker(app, threads, starts_after=0)

    def end(_signal: int, _frame: Any) -> None:
        worker.ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    worker.start()
    worker.join()
