"""The password of the demo people, in a file beside the database, so that it can be read again. Only on loopback."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from flask import current_app

from models.database import db


def file() -> Path:
    """Beside an SQLite database; for PostgreSQL, where this machine's settings are."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.demo-password")
    return Path(current_app.instance_path) / "demo-password"


def keep(password: str) -> None:
    """Write the file, for its owner alone."""
    path = file()
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(password + "\n")


def kept() -> str | None:
    """The password in the file; None without one."""
    try:
        return file().read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeError):
        return None


def forget() -> None:
    """Delete the file."""
    with suppress(OSError):
        file().unlink()
