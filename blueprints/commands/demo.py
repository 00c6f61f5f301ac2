"""`flask demo`: people, accounts and profiles to try Profile with, and how to sign in to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import inspect

from config import Settings, current_settings
from models.database import db
from models.demo import fill
from models.errors import Invalid

MANY = 1_000


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--password", help="Set this password for all demo people and sign them out everywhere.")
@click.option(
    "--profiles", default=200, show_default=True, type=click.IntRange(0, 1_000_000), help="Number of profiles."
)
@with_appcontext
def demo(as_json: bool, password: str | None, profiles: int) -> None:
    """Fill this server with two invented teams: Aperture Science and Black Mesa.

    Running it again changes nothing that exists. The password is created and shown only the first time.
    """
    settings = current_settings()
    refuse_where_it_does_not_belong(settings)
    try:
        filled = fill(profiles, password, progress_of(profiles), any_password=settings.on_loopback)
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    shown = filled.as_dict() | {"mcp_url": settings.mcp_url, "sign_in_url": f"{settings.public_url}/sign-in"}
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False) if as_json else page(shown, filled.password_of))


def refuse_where_it_does_not_belong(settings: Settings) -> None:
    if not (settings.on_loopback or settings.demo):
        raise click.ClickException(
            "The demo adds people who can sign in, so it runs only on loopback or with DEMO=1. "
            f"This server is {settings.public_url}."
        )
    if not inspect(db.engine).has_table("account"):
        raise click.ClickException("This database has no tables yet. Create them first: flask db upgrade")


def progress_of(profiles: int) -> Callable[[int], None]:
    """Show progress on stderr when the work takes a while."""
    done = 0

    def report(added: int) -> None:
        nonlocal done
        done += added
        if profiles > MANY:
            click.echo(f"{done:,} profiles written …", err=True)

    return report


def page(shown: dict[str, Any], password_of: list[str]) -> str:
    """The same for people: where and as whom to sign in."""
    lines = [
        f"Sign in            {shown['sign_in_url']}",
        f"Password           {password_line(shown, password_of)}",
        f"For an assistant   {shown['mcp_url']}",
    ]
    for account in shown["accounts"]:
        count = shown["profiles"][account["name"]]
        lines += ["", f"{account['name']} ({count:,} {'profile' if count == 1 else 'profiles'})"]
        lines += member_lines(shown["people"], account["id"])
    return "\n".join(lines)


def password_line(shown: dict[str, Any], password_of: list[str]) -> str:
    if shown["password"] is None:
        return "set before, use --password to change it"
    if len(password_of) == len(shown["people"]):
        return f"{shown['password']} (for all of them, not shown again)"
    return f"{shown['password']} (for {', '.join(password_of)}, not shown again)"


def member_lines(people: list[dict[str, Any]], account_id: str) -> list[str]:
    return [
        f"  {person['email']:<22} {person['name']:<18} {membership['role']}"
        for person in people
        for membership in person["memberships"]
        if membership["account_id"] == account_id
    ]
