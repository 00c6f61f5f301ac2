"""`flask secrets rotate`: what a change of SECRET_KEY leaves to do."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from config import current_settings
from models.database import db
from models.request_scope import open_scope
from models.server_key import ServerKey, rotate

group = AppGroup("secrets", help="The change of SECRET_KEY: docs/self-hosting.md, Keys.")

NOT_CHANGING = """\
SECRET_KEY_PREVIOUS is not set, so there is no change of keys to complete. To change the key, set SECRET_KEY_PREVIOUS to the present
SECRET_KEY and SECRET_KEY to a new one, restart every process of the server, and run this command."""
UNKNOWN_KEY = """\
this database was last used with another SECRET_KEY. Set that one as SECRET_KEY_PREVIOUS, or as SECRET_KEY again. Without it everybody is \
signed out, and authenticator apps and personal links do not work."""


def problem_of_keys(app: Flask) -> str | None:
    """What to log at the start of the server if it has the wrong key."""
    with app.app_context(), open_scope(reading=True):
        try:
            return UNKNOWN_KEY if ServerKey.is_unknown() else None
        except SQLAlchemyError:
            return None
        finally:
            db.session.rollback()
            # The server's processes come from this one and must not share its connections.
            db.engine.dispose()


@group.command("rotate")
def rotate_secrets() -> None:
    """Encrypt again what is stored under SECRET_KEY_PREVIOUS, hand audit logs over to SECRET_KEY, and say what is left.

    It can be stopped and run again at any time, while people work.
    """
    if not current_settings().secret_key_previous:
        raise click.ClickException(NOT_CHANGING)
    done = rotate(lambda sentence: click.echo(sentence, err=True))
    click.echo(f"{done.apps} authenticator apps encrypted under the new key, {done.logs} audit logs handed over to it")
    if done.lost_apps:
        click.echo(
            f"{done.lost_apps} authenticator apps were made under a key that is neither SECRET_KEY nor SECRET_KEY_PREVIOUS. "
            "If you still have that key, set it as SECRET_KEY_PREVIOUS and run this again. Otherwise their people sign in with "
            "another second factor: flask --app app people forget-factors EMAIL"
        )
    links = ", ".join(f"{number} {kind}" for kind, number in done.links.items() if number)
    click.echo(
        f"People still have links from before the change: {links}. They end when you remove SECRET_KEY_PREVIOUS."
        if links
        else "No invitation, shared link or unfinished assessment needs the previous key."
    )
    days = current_settings().session_lifetime.days
    click.echo(
        f"Browsers get a new cookie at their next visit. Remove SECRET_KEY_PREVIOUS after {days} days (SESSION_LIFETIME), when these links "
        "may end too; if others know the previous key, remove it now: then everybody signs in again. `flask doctor` says what is left."
    )
    if done.lost_apps:
        raise SystemExit(1)
