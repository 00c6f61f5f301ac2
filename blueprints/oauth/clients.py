"""Pre-registered clients, from the command line: `flask clients add|list`."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup
from sqlalchemy import select

from blueprints.oauth import bp
from models.account import Account
from models.base import db
from models.client import Client
from models.redirects import redirect_problem
from models.text import line

group = AppGroup("clients", help="Apps that an operator registers by hand.")
bp.cli.add_command(group)


@group.command("add")
@click.argument("name")
@click.argument("redirect_uris", nargs=-1, required=True)
@click.option("--confidential", is_flag=True, help="The app can keep a secret; it is shown once.")
@click.option("--account", help="Name or id of the only account in which the app may be used.")
def add(name: str, redirect_uris: tuple[str, ...], confidential: bool, account: str | None) -> None:
    """Register the app NAME with its REDIRECT_URIS and print its identifier."""
    for uri in redirect_uris:
        if problem := redirect_problem(uri):
            raise click.ClickException(f"{uri}: {problem}.")
    client, secret = Client.register(
        line("name", name, 80, "A name", required=True),
        list(redirect_uris),
        kind="preregistered",
        auth_method="client_secret_basic" if confidential else "none",
        account_id=find_account(account).id if account else None,
    )
    db.session.commit()
    click.echo(f"client_id: {client.client_id}")
    if secret:
        click.echo(f"client_secret: {secret}\nThe secret is shown this once; only a hash of it is kept.")


@group.command("list")
def list_clients() -> None:
    """Print every client: identifier, kind, name."""
    for client in db.session.scalars(select(Client).order_by(Client.id)):
        used = "used" if client.first_used_at else "never used"
        click.echo(f"{client.client_id}  {client.kind}  {client.auth_method}  {used}  {client.name}")


def find_account(named: str) -> Account:
    """The account with this id or, when there is only one, this name."""
    try:
        statement = select(Account).where(Account.id == uuid.UUID(named))
    except ValueError:
        statement = select(Account).where(Account.name == named)
    found = list(db.session.scalars(statement.limit(2)))
    if len(found) != 1:
        raise click.ClickException(
            f"{'No' if not found else 'More than one'} account is called {named!r}; give its id."
        )
    return found[0]
