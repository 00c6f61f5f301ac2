"""`flask version`: which version of Profile this is, and which schema it needs."""

from __future__ import annotations

import click

from models.database import revisions
from version import VERSION


@click.command("version")
def version() -> None:
    """Print the version of Profile and of its database schema."""
    click.echo(f"Profile {VERSION}, schema {revisions()[-1]}")
