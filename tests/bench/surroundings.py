"""What a figure means nothing without: the machine, the versions, and how the server is set."""

from __future__ import annotations

import os
import platform
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config import Settings
from tests.application import unhurried
from tests.bench.storage import sync_milliseconds
from tests.postgres import free_port

say = partial(print, flush=True)


def bench_settings(database_url: str) -> Settings:
    """The settings of the measured server: on a free port of the loopback, with limits that no load reaches, all else as it comes."""
    return unhurried(
        Settings(
            secret_key="a key that signs nothing but measurements",
            public_url=f"http://127.0.0.1:{free_port()}",
            database_url=database_url,
        )
    )


def surroundings(database: str, home: Path) -> list[str]:
    """Where and how this is measured, as sentences."""
    parser = "C parser" if find_spec("gunicorn_h1c") else "parser in Python"
    return [
        f"Python {platform.python_version()}, gunicorn {version('gunicorn')} ({parser}), 2 workers × 8 threads; {database}.",
        f"Server, database and load generator share {os.cpu_count()} cores. An fsync of this disk: {sync_milliseconds(home):.2f} ms.",
    ]
