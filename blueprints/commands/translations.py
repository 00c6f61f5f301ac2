"""`flask translations`: keep the catalogues of translations/ in step with the code."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from blueprints.commands.catalogues import faults_of, update
from models.text import ENGLISH, languages

group = AppGroup("translations", help="The languages of pages and mails: docs/translating.md.")


def translated() -> list[str]:
    """The languages with a catalogue."""
    return [language for language in languages() if language != ENGLISH]


@group.command("update")
@click.argument("new", required=False)
def update_catalogues(new: str | None) -> None:
    """Add what the code says newly to every catalogue, remove what it no longer says, or begin the language NEW."""
    for language in [new] if new else translated():
        update(language)
        click.echo(f"{language}: {len(faults_of(language))} to translate or correct")


@group.command("check")
def check() -> None:
    """List what is missing, unused or wrong in every catalogue."""
    found = [f"{language} {fault}" for language in translated() for fault in faults_of(language)]
    if found:
        raise click.ClickException("\n".join([f"{len(found)} to translate or correct:", *found]))
    click.echo("Every catalogue is complete.")
