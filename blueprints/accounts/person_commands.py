"""`flask people reset|email|forget-factors`: for those who cannot get in, by whoever runs the server and knows that it is them."""

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

group = AppGroup("people", help="People who cannot sign in. Be certain that it is them who asks you.")
bp.cli.add_command(group)


@group.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Print a link by which this person can set a new password, once, within an hour. It skips no second factor."""
    link = PasswordReset.create(person(email))
    db.session.commit()
    minutes = int(LIFETIME.total_seconds() // 60)
    click.echo(f"For {link.user.email}, once, within {minutes} minutes; hand it over by a way that nobody else reads:")
    click.echo(address_of("accounts.reset", secret=link.secret))


@group.command("email")
@click.argument("email")
@click.argument("new_email")
def email_(email: str, new_email: str) -> None:
    """Give this person another address to sign in with; the former one is told."""
    somebody = person(email)
    try:
        change_email(somebody, new_email)
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    click.echo(f"{somebody.name} signs in as {somebody.email} from now on.")


@group.command("forget-factors")
@click.argument("email")
def forget(email: str) -> None:
    """Remove all second factors of this person, who has lost them and their recovery codes, and sign them out everywhere."""
    somebody = person(email)
    forget_factors(somebody)
    without_password = somebody.password_hash is None
    db.session.commit()
    click.echo(f"{somebody.email} has no second factor any more.")
    if without_password:
        click.echo(
            "Their password was too short to stand alone and was removed too: make them a link by `people reset`."
        )


def person(email: str) -> User:
    found = User.by_email(email)
    if found is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return found
