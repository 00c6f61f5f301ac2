"""`flask demo`: people, accounts and profiles to try Profile with, how to sign in to them, and how to remove them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import inspect

from blueprints.commands import demo_password
from config import Settings, current_settings
from models.database import db
from models.demo import Contents, fill, people_with, present, remove
from models.errors import Invalid, NotAllowed

PROFILES = 200
MANY = 1_000


@dataclass(frozen=True)
class Shown:
    """What the command prints: the demo, and the password of the people with these addresses, as far as it is known."""

    demo: dict[str, Any]
    password: str | None
    password_of: list[str]
    again: bool
    """Whether it can be shown again."""


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--password", help="Set this password for all demo people and sign them out everywhere.")
@click.option(
    "--profiles", default=PROFILES, show_default=True, type=click.IntRange(0, 1_000_000), help="Number of profiles."
)
@click.option("--remove", "removing", is_flag=True, help="Delete the demo: its people, its accounts and all in them.")
@click.option("--yes", is_flag=True, help="With --remove: do not ask.")
@click.option("--with-real-data", is_flag=True, help="With --remove: also if other people joined or were added.")
@with_appcontext
def demo(as_json: bool, password: str | None, profiles: int, removing: bool, yes: bool, with_real_data: bool) -> None:
    """Fill this server with two invented teams: Aperture Science and Black Mesa.

    Running it again changes nothing that exists. On your own machine the password is kept in a file and shown again.
    """
    if not inspect(db.engine).has_table("account"):
        raise click.ClickException("This database has no tables yet. Create them first: flask db upgrade")
    if removing:
        remove_demo(yes, with_real_data)
        return
    settings = current_settings()
    refuse_where_it_does_not_belong(settings)
    try:
        shown = make(profiles, password)
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    urls = {"mcp_url": settings.mcp_url, "sign_in_url": f"{settings.public_url}/sign-in"}
    values = shown.demo | {"password": shown.password} | urls
    click.echo(json.dumps(values, indent=2, ensure_ascii=False) if as_json else page(shown))


def make(profiles: int = PROFILES, password: str | None = None) -> Shown:
    """Create or complete the demo. On loopback the password is kept in a file, and new people get it too."""
    on_loopback = current_settings().on_loopback
    before = demo_password.kept() if on_loopback else None
    filled = fill(profiles, password, progress_of(profiles), any_password=on_loopback, for_newcomers=before)
    if not on_loopback:
        return Shown(filled.as_dict(), filled.password, filled.password_of, again=False)
    if filled.password and filled.password != before:
        demo_password.keep(filled.password)
    return known()


def known() -> Shown:
    """The demo as it is, with the password from the file as far as it is still right."""
    password = demo_password.kept()
    password_of = people_with(password) if password else []
    return Shown(present().as_dict(), password if password_of else None, password_of, again=True)


def remove_demo(yes: bool, with_real_data: bool) -> None:
    """Say what will be deleted, ask, and delete it."""
    contents = Contents.now()
    if not (contents.accounts or contents.people):
        raise click.ClickException("There is no demo in this database.")
    click.echo("\n".join(contents_lines(contents)))
    if contents.is_real and not with_real_data:
        raise click.ClickException(
            "This includes data of other people. Export it first, in Account settings. To delete it too, add --with-real-data"
        )
    if not yes:
        click.confirm("Delete this for everybody? It cannot be undone.", abort=True)
    try:
        remove()
    except NotAllowed as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    demo_password.forget()
    click.echo(
        "The demo people are deleted. The worker deletes the accounts now; with bin/start, that is the running server."
    )


def contents_lines(contents: Contents) -> list[str]:
    lines = ["This deletes:"]
    lines += [f"  the account {name}, with {number(profiles, 'profile')}" for name, profiles in contents.accounts]
    if contents.accounts:
        lines.append("  their tags, aliases, invitations, results, debriefs, e-mail and exports")
    if contents.people:
        lines.append(f"  the sign-ins of {', '.join(contents.people)}")
    if contents.apps:
        lines.append(f"  the access of connected apps: {', '.join(contents.apps)}")
    if contents.real_members:
        lines.append(
            f"  the membership of {', '.join(contents.real_members)}, and their sign-in if they have no other account"
        )
    if contents.real_profiles:
        lines.append(f"  Of the profiles, {contents.real_profiles:,} are not of invented people.")
    return lines


def number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def refuse_where_it_does_not_belong(settings: Settings) -> None:
    if not (settings.on_loopback or settings.demo):
        raise click.ClickException(
            "The demo adds people who can sign in, so it runs only on loopback or with DEMO=1. "
            f"This server is {settings.public_url}."
        )


def progress_of(profiles: int) -> Callable[[int], None]:
    """Show progress on stderr when the work takes a while."""
    done = 0

    def report(added: int) -> None:
        nonlocal done
        done += added
        if profiles > MANY:
            click.echo(f"{done:,} profiles written …", err=True)

    return report


def page(shown: Shown) -> str:
    """The same for people. Where, as whom and with which password to sign in comes last: on a terminal, that is what stays in view."""
    settings, lines = current_settings(), []
    for account in shown.demo["accounts"]:
        count = shown.demo["profiles"][account["name"]]
        lines += [f"{account['name']} ({number(count, 'profile')})"]
        lines += [*member_lines(shown.demo["people"], account["id"]), ""]
    first = next(iter(shown.password_of or [person["email"] for person in shown.demo["people"]]))
    lines += [
        f"Sign in            {settings.public_url}/sign-in",
        f"As                 {first}",
        f"Password           {password_line(shown)}",
        f"For an assistant   {settings.mcp_url}",
    ]
    return "\n".join(lines)


def password_line(shown: Shown) -> str:
    if shown.password is None:
        return "was set elsewhere or changed. To set a new one: .venv/bin/flask demo --password 'a new password'"
    everybody = len(shown.password_of) == len(shown.demo["people"])
    whose = "for all of them" if everybody else f"for {', '.join(shown.password_of)}"
    return f"{shown.password} ({whose}{'' if shown.again else ', not shown again'})"


def member_lines(people: list[dict[str, Any]], account_id: str) -> list[str]:
    return [
        f"  {person['email']:<22} {person['name']:<18} {membership['role']}"
        for person in people
        for membership in person["memberships"]
        if membership["account_id"] == account_id
    ]
