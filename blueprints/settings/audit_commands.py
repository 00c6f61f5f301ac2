"""`flask audit seal|verify|purge`: the server administrator keeps the audit log verifiable."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from blueprints.settings import bp
from models.accounts import Account
from models.audit import AuditSeal, Unreadable, read_seal, seal_log, stored_log, verify
from models.audit_log import purge_log
from models.database import db, only_reading
from models.errors import Invalid

group = AppGroup("audit", help="Seal, verify and purge the audit log.")
bp.cli.add_command(group)

OF_ACCOUNT = click.option("--account", "name", help="Name or id of one account. Default: every account.")


@group.command("seal")
@OF_ACCOUNT
def seal_now(name: str | None) -> None:
    """Seal the entries up to ten minutes ago, and print each account's newest seal. Keep that line somewhere else."""
    for account in accounts(name):
        seal_log(account.id)
        db.session.commit()
        show_seal(account)


def show_seal(account: Account) -> None:
    last = AuditSeal.last(account.id)
    click.echo(f"{account.name}: seal {last.number}  {last.noted}" if last else f"{account.name}: nothing to seal yet")


@group.command("verify")
@OF_ACCOUNT
@click.option("--seal", "noted", help="A seal that was noted earlier, for one account.")
@click.option("--list", "listed", is_flag=True, help="Also list what was purged or erased, entry by entry.")
def check(name: str | None, noted: str | None, listed: bool) -> None:
    """Verify the audit log, and name the first entry that was changed, removed, inserted or moved (exit status 1).

    With --list, also name the entries that were purged, are not sealed yet, or had personal data removed.
    """
    if noted is not None:
        check_seal(name, noted)
    intact = True
    with only_reading():
        for account in accounts(name):
            try:
                found = verify(stored_log(account.id), noted)
            except Unreadable as problem:
                raise click.ClickException(str(problem)) from None
            click.echo(f"{account.name}: {found.sentence}")
            for line in found.lines() if listed else ():
                click.echo(line)
            intact = intact and found.intact
    sys.exit(0 if intact else 1)


def check_seal(name: str | None, noted: str) -> None:
    if not name:
        raise click.ClickException("A seal belongs to one account. Name it with --account NAME.")
    try:
        read_seal(noted)
    except Unreadable as problem:
        raise click.BadParameter(str(problem), param_hint="--seal") from None


@group.command("purge")
@OF_ACCOUNT
def purge(name: str | None) -> None:
    """Remove sealed entries that are older than their account's retention. This is recorded as an entry too."""
    for account in accounts(name):
        try:
            total = purge_all(account)
        except IntegrityError:
            raise click.ClickException(
                "The worker is already removing these entries. There is nothing left to do."
            ) from None
        click.echo(f"{account.name}: {total} removed, older than {account.audit_retention_days} days")


def purge_all(account: Account) -> int:
    total = 0
    while count := purge_log(account):
        db.session.commit()
        total += count
    return total


def accounts(name: str | None) -> list[Account]:
    try:
        return [Account.called(name)] if name else list(db.session.scalars(select(Account).order_by(Account.id)))
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
