"""`flask instruments`: check, load, list and print the instruments of the assessments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import inspect

from blueprints.commands.instrument_sheet import contents, sheet
from models.database import db
from models.errors import Problem
from models.instruments import MOST_FAULTS, LoadedInstrument, Shelved, built, by_key, checked, shelved
from models.instruments.validation.fault import Faulty
from models.instruments.validation.reading import MOST_BYTES

group = AppGroup("instruments", help="The questions of the assessments, and how they are scored.")
a_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))


@group.command("check")
@a_file
def check(file: Path) -> None:
    """Check whether FILE is a valid instrument, and list everything that is wrong. Nothing is changed."""
    instrument = built(data_of(file))
    click.echo(f"{file.name} is valid: {instrument.key}, {contents(instrument)}.")


@group.command("load")
@a_file
def load(file: Path) -> None:
    """Check FILE and use it from now on. People who have started keep the version they started with."""
    data = data_of(file)
    refuse_without_tables()
    try:
        loaded = LoadedInstrument.load(data)
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    instrument = built(loaded.data)
    click.echo(f"{instrument.key} is loaded: {contents(instrument)}.")
    click.echo(f"{instrument.title} uses it from now on. Review it: flask instruments show {instrument.key}")


@group.command("list")
def list_instruments() -> None:
    """List all instruments of this server, and which of them are in use."""
    refuse_without_tables()
    every = shelved()
    widest = max(len(each.instrument.key) for each in every)
    for each in every:
        click.echo(f"{each.instrument.key:<{widest}}  {status_of(each)}  {each.instrument.title}")


@group.command("show")
@click.argument("key")
def show(key: str) -> None:
    """Print the whole instrument KEY for review, with what each statement measures."""
    refuse_without_tables()
    try:
        instrument = by_key(key)
    except Problem as problem:
        raise click.ClickException(f"{problem.message} To list them: flask instruments list") from None
    click.echo(sheet(instrument))


def data_of(file: Path) -> dict[str, Any]:
    """The data of a valid file; otherwise one line per error."""
    try:
        # One byte more than allowed, so that a file of gigabytes is not read.
        with file.open("rb") as opened:
            return checked(opened.read(MOST_BYTES + 1))
    except OSError as error:
        raise click.ClickException(f"{file.name} cannot be read: {error.strerror}.") from None
    except Faulty as problem:
        count = len(problem.faults)
        told = "1 error" if count == 1 else f"The first {count} errors" if count == MOST_FAULTS else f"{count} errors"
        raise click.ClickException("\n".join([f"{told} in {file.name}:", *map(str, problem.faults)])) from None


def status_of(each: Shelved) -> str:
    came = f"loaded {each.loaded_at:%Y-%m-%d %H:%M} UTC" if each.loaded_at else "came with Profile"
    return f"{'asked' if each.is_asked else '     '}  {came:<27}"


def refuse_without_tables() -> None:
    if not inspect(db.engine).has_table("instrument"):
        raise click.ClickException("This database lacks tables. Create them first: flask db upgrade")
