"""`flask backup` and `flask restore`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from config import current_settings
from models.backup import BadBackup, make_backup, members, recipients, restore_backup

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
REMEMBER = """
The backup is as old as it is. What it cannot know:
  Members and roles are those of {made_at}: {members} members in {accounts} accounts. A member who was removed since then is back.
  Let an Owner of each account confirm its members, and remove who should not be there:
    flask --app app data members
    flask --app app data remove-member ACCOUNT EMAIL
  Passwords, passkeys and second factors are those of that moment too. If one was changed because somebody else knew it:
    flask --app app people reset EMAIL               a new password for one person
    flask --app app people forget-factors EMAIL      new second factors for one person
    flask --app app data reset-passwords             new passwords for everybody, by e-mail
  Limits of apps and policies of accounts are those of that moment. No app is connected, so look before people connect theirs again.
  What was deleted since then is back. The log of the server has a line "deleted for good" for each deletion: delete it again with
    flask --app app data delete-account and flask --app app data delete-person"""


@click.command("backup")
@FILE
@click.option(
    "--for", "keys", multiple=True, help="Encrypt for this public key of age (age1…). Can be given several times."
)
@with_appcontext
def backup(file: Path, keys: tuple[str, ...]) -> None:
    """Write everything in the database to FILE, while people work, and check it.

    The file has all personal data and what signs people in: encrypt it, or keep it where nobody else can read it.
    """
    settings = current_settings()
    wanted = keys or settings.backup_recipients
    try:
        manifest = make_backup(file.resolve(), recipients(wanted), settings.backup_database_url, say)
    except BadBackup as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as error:
        raise click.ClickException(
            f"{file} cannot be written: {error.strerror or error}. No backup was made."
        ) from None
    click.echo(
        f"{file}: {sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables, {file.stat().st_size:,} bytes"
    )
    if not wanted:
        click.echo("It is not encrypted. To encrypt it: --for age1…, with a key of `age-keygen`.", err=True)


@click.command("restore")
@FILE
@click.option(
    "--identity", type=click.Path(path_type=Path, dir_okay=False), help="The file with the secret key of age."
)
@with_appcontext
def restore(file: Path, identity: Path | None) -> None:
    """Restore FILE into an empty database. Nobody is signed in afterwards, and no app is connected."""
    try:
        manifest = restore_backup(file, identity, say)
    except BadBackup as problem:
        raise click.ClickException(str(problem)) from None
    made_at = datetime.fromisoformat(manifest.made_at).strftime("%d %B %Y, %H:%M UTC")
    click.echo(f"Restored: {sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables, as of {made_at}.")
    found = [len(each) for _, each in members()]
    click.echo(REMEMBER.format(made_at=made_at, members=sum(found), accounts=len(found)))


def say(sentence: str) -> None:
    click.echo(sentence, err=True)
