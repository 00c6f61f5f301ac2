"""`flask reap`: delete what has expired. The worker also does this by itself."""

from __future__ import annotations

from collections import Counter

import click
from flask.cli import with_appcontext

from config import current_settings
from models.privacy import reap


@click.command("reap")
@with_appcontext
def reap_now() -> None:
    """Forget ended codes, tokens, sessions, questions and counters."""
    settings = current_settings()
    gone: Counter[str] = Counter()
    while any((turn := reap(settings.session_lifetime)).values()):
        gone.update(turn)
    click.echo("\n".join(f"{number} {name}" for name, number in gone.items() if number) or "Nothing to delete.")
