"""Apps registered by hand, from the command line: `flask clients add|list|rotate|remove`."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup
from sqlalchemy import select

from blueprints.oauth import bp
from models.accounts import Account
from models.clients import Client
from models.database import db
from models.errors import Problem
from models.oauth import add_client, rotate_secret, secret_mark
from models.oauth import remove as remove_known

group = AppGroup("clients", help="Apps that the server administrator registers.")
bp.cli.add_command(group)


@group.command("add")
@click.argument("name")
@click.argument("redirect_uris", nargs=-1)
@click.option("--confidential", is_flag=True, help="The app can keep a secret. It is shown once.")
@click.option("--device", is_flag=True, help="The app has no browser. People enter a code that it shows.")
@click.option("--account", help="Name or id of the only account that can use the app.")
def add(name: str, redirect_uris: tuple[str, ...], confidential: bool, device: bool, account: str | None) -> None:
    """Register the app NAME with its REDIRECT_URIS and print its identifier."""
    account_id = find_account(account).id if account else None
    try:
        client, secret = add_client(
            name, redirect_uris, confidential=confidential, device=device, account_id=account_id
        )
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    show(client, secret)


@group.command("list")
def list_clients() -> None:
    """List all apps: client ID, kind, authentication, use and name."""
    present = select(Client).where(Client.removed_at.is_(None))
    for client in db.session.scalars(present.order_by(Client.id)):
        used = "used" if client.first_used_at else "never used"
        click.echo(f"{client.client_id}  {client.kind}  {client.auth_method}  {used}  {client.name}")


@group.command("rotate")
@click.argument("client_id")
def rotate(client_id: str) -> None:
    """Give the app CLIENT_ID a new secret and print it. The old one stops working immediately."""
    client = find_client(client_id)
    try:
        secret = rotate_secret(client, secret_mark(client))
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    show(client, secret)


@group.command("remove")
@click.argument("client_id")
@click.confirmation_option(prompt="All connections of this app end immediately. Remove it?")
def remove(client_id: str) -> None:
    """Remove the app CLIENT_ID and end every connection through it."""
    client = find_client(client_id)
    if client.kind == "document":
        raise click.ClickException(
            "This app is known by its own document, so it cannot be removed. Members can revoke their connections to it."
        )
    remove_known(client, by=None)
    db.session.commit()
    click.echo(f"{client.name} was removed.")


def show(client: Client, secret: str | None) -> None:
    click.echo(f"client_id: {client.client_id}")
    if secret:
        click.echo(f"client_secret: {secret}\nThe secret is shown only once. The server keeps only a hash of it.")


def find_client(client_id: str) -> Client:
    client = Client.by_client_id(client_id)
    if client is None:
        raise click.ClickException(f"No app has the client ID {client_id!r}.")
    return client


def find_account(named: str) -> Account:
    """The account with this id or, when there is only one, this name."""
    try:
        statement = select(Account).where(Account.id == uuid.UUID(named))
    except ValueError:
        statement = select(Account).where(Account.name == named)
    found = list(db.session.scalars(statement.limit(2)))
    if len(found) != 1:
        raise click.ClickException(f"{'No' if not found else 'More than one'} account is called {named!r}. Use its id.")
    return found[0]
