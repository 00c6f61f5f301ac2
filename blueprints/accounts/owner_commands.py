"""`flask owner invite`: the server administrator lets a person create the first account."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from blueprints.accounts import bp
from blueprints.web.urls import set_up_address
from config import current_settings
from models.accounts import Account
from models.database import db
from models.errors import Invalid
from models.mail import Kind, Message
from models.text import email_address

group = AppGroup("owner", help="Let somebody create the first account.")
bp.cli.add_command(group)


@group.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """Print a link by which this person creates the first account, as its Owner. Sends it too if there is a mail server."""
    if Account.any_exists():
        raise click.ClickException("There is an account already. Its Owners invite others under Settings, Members.")
    try:
        address = email_address(email)
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    click.echo(
        f"Link for {address}, valid until the first account exists. Send it by a channel that nobody else can read:"
    )
    click.echo(set_up_address(address))
    if current_settings().mail_server:
        Message.post(Kind.OWNER_INVITATION, address)
        db.session.commit()
        click.echo("It is also on its way by e-mail.")
