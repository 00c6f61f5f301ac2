"""`flask data …`: what only the server administrator can do about data."""

from __future__ import annotations

import uuid
from datetime import timedelta

import click
from flask.cli import AppGroup

from blueprints.settings import bp
from config import current_settings
from models.accounts import Account, Member, User
from models.audit_log import remains_as_json_lines
from models.backup import end_what_may_have_ended, members, reset_passwords
from models.database import db, in_account, only_reading, writing
from models.errors import Problem
from models.privacy import Erasure, delete_sign_in, lock

group = AppGroup("data", help="Clean up after a restored backup, and delete accounts and people.")
bp.cli.add_command(group)

REMEMBER = (
    "Members, roles, passwords and second factors are those of that day too: see `flask data members`, `remove-member` and\n"
    "`reset-passwords`.\n"
    'What was deleted after this backup was made is back. Look in the log for the lines "deleted for good" since then, and\n'
    "delete it again with `flask data delete-account` and `flask data delete-person`."
)


@group.command("restored")
@click.confirmation_option(prompt="Revoke every connected app and sign everybody out?")
def restored() -> None:
    """Revoke connections, sign everybody out, drop unsent e-mail and remove exports after a backup was restored without `flask restore`."""
    for what, number in end_what_may_have_ended().items():
        click.echo(f"{number} {what}")
    click.echo(REMEMBER)


@group.command("members")
@click.option("--account", "name", help="Of this account alone: its name or id.")
def list_members(name: str | None) -> None:
    """List the members of each account, with role, address and since when: for the Owners to confirm after a restore."""
    try:
        only = Account.called(name).id if name else None
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    for account, found in members():
        if only in {None, account.id}:
            click.echo(f"{account.name} ({account.id})")
            for member in found:
                click.echo(
                    f"  {member.role:<8} {member.user.email}  {member.user.name}, since {member.created_at:%Y-%m-%d}"
                )


@group.command("remove-member")
@click.argument("account")
@click.argument("email")
@click.confirmation_option(prompt="Remove this member, and end their connected apps in this account?")
def remove_member(account: str, email: str) -> None:
    """Remove a member from an account: one who was removed before, and came back with a restored backup."""
    try:
        account_id = Account.called(account).id
        person = User.by_email(email)
        with writing(), in_account(account_id):
            member = person and Member.of(person.id, account_id)
            if member is None:
                raise click.ClickException(f"{email} is not a member of {account}.")
            member.remove()
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    click.echo(f"{email} is no longer a member of {account}.")


@group.command("reset-passwords")
@click.confirmation_option(
    prompt="Forget all passwords, sign everybody out, and mail everybody a link to a new password?"
)
def reset_all_passwords() -> None:
    """Reset all passwords by e-mail, where a restored backup has passwords that were changed since. Second factors stay."""
    if current_settings().mail_server is None:
        raise click.ClickException(
            "Without MAIL_URL nobody would get a link. Nothing was changed. For one person: flask --app app people reset EMAIL"
        )
    click.echo(
        f"{reset_passwords(lambda sentence: click.echo(sentence, err=True))} people get a link to a new password."
    )


@group.command("delete-account")
@click.argument("name")
@click.confirmation_option(prompt="Delete this account and everything in it immediately?")
def delete_account(name: str) -> None:
    """Delete an account by its name or id. The worker starts within a minute."""
    try:
        account_id = Account.called(name).id
        with writing(), in_account(account_id):
            lock(account_id, None, timedelta())
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    click.echo("The account is locked. The worker deletes it now.")


@group.command("delete-person")
@click.argument("email")
@click.confirmation_option(prompt="Delete this person's sign-in, and end their memberships?")
def delete_person(email: str) -> None:
    """Delete a person's sign-in by their address. Profiles of them in accounts are kept."""
    person = User.by_email(email)
    if person is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    try:
        delete_sign_in(person)
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    click.echo("The sign-in was deleted.")


@group.command("audit-log")
@click.argument("account_id", type=click.UUID)
def print_audit_log(account_id: uuid.UUID) -> None:
    """Print the remaining audit log of a deleted account, for verify_audit.py. Its id is in the log, in `deleted for good`."""
    settings = current_settings()
    with only_reading(), in_account(account_id):
        if account_id not in {gone for gone, _ in Erasure.deleted_accounts()}:
            raise click.ClickException(f"No account with the id {account_id} was deleted here.")
        for line in remains_as_json_lines(account_id, f"{settings.public_url}/accounts/{account_id}"):
            click.echo(line, nl=False)
