"""`flask people reset|email|forget-factors`: the server administrator helps people who cannot sign in, after checking who they are."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from blueprints.accounts import bp
from blueprints.web.urls import address_of
from models.accounts import User
from models.database import db
from models.errors import Invalid
from models.identity import PasswordReset, change_email, forget_factors
from models.identity.password_reset import LIFETIME

group = AppGroup("people", help="Help people who cannot sign in. Make sure that the request comes from them.")
bp.cli.add_command(group)


@group.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Print a one-time link to set a new password, valid for an hour. It does not skip the second factor."""
    link = PasswordReset.create(person(email))
    db.session.commit()
    minutes = int(LIFETIME.total_seconds() // 60)
    click.echo(
        f"One-time link for {link.user.email}, valid for {minutes} minutes. Send it by a channel that nobody else can read:"
    )
    click.echo(address_of("accounts.reset", secret=link.secret))


@group.command("email")
@click.argument("email")
@click.argument("new_email")
def email_(email: str, new_email: str) -> None:
    """Change the address with which this person signs in. The old address is notified. Signs them out everywhere."""
    somebody = person(email)
    try:
        change_email(somebody, new_email)
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    click.echo(f"{somebody.name} now signs in as {somebody.email}, and is signed out everywhere.")


@group.command("forget-factors")
@click.argument("email")
def forget(email: str) -> None:
    """Remove all second factors of a person who has lost them and the recovery codes. Signs them out everywhere."""
    somebody = person(email)
    forget_factors(somebody)
    without_password = somebody.password_hash is None
    db.session.commit()
    click.echo(f"{somebody.email} no longer has a second factor.")
    if without_password:
        click.echo(
            "Their password was too short without a second factor and was removed too. Create a link with `people reset`."
        )


def person(email: str) -> User:
    found = User.by_email(email)
    if found is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return found
