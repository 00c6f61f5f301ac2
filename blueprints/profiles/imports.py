"""`flask profiles import`: import a file of people into an account, all or none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from blueprints.profiles import bp
from models.accounts import Account
from models.database import db, in_account
from models.errors import Invalid
from models.profiles import Fault, Faulty, Import, Progress, read_rows
from models.profiles.importing.files import MOST_BYTES, Row
from models.profiles.importing.scores import printable
from models.text import list_cell

Done = TypeVar("Done")
KINDS = {".csv": "csv", ".json": "json"}

bp.cli.help = "Import profiles from a file."


@bp.cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--account", "account_name", required=True, help="Name or id of the account to import into.")
def import_profiles(file: Path, account_name: str) -> None:
    """Import the people in FILE (.csv or .json) into an account: all of them, or none if one row is faulty.

    Columns: email, first_name, last_name, phone, tags (separated by ;), custom_id; disc_d, disc_i, disc_s, disc_c (0 to 100);
    the Focus facets by name (sums from 4 to 20); core_1 to core_5 (or to core_10).
    Headings may be in English, German or French; other columns are left out.
    JSON may hold finished scores instead, as disc, focus and core.
    """
    began = time.monotonic()
    try:
        rows = read_rows(content(file), KINDS[kind_of(file)])
        account = Account.called(account_name)
        name = account.name
        with in_account(account.id):
            wanted = Import(account.id, rows)
            count = bring_in(wanted)
            db.session.commit()
    except Faulty as problem:
        db.session.rollback()
        raise refusal(file, problem.faults) from None
    except Invalid as problem:
        raise click.ClickException(problem.message) from None
    click.echo(f"{people(count)} in {name} now, in {time.monotonic() - began:.1f} seconds.")
    if wanted.new_tags:
        click.echo(f"New tags: {list_cell(wanted.new_tags)}.")
    if wanted.passed_over:
        click.echo(f"Columns left out: {', '.join(map(printable, wanted.passed_over))}.")


def bring_in(wanted: Import) -> int:
    with_bar("Checking", wanted.rows, wanted.check)
    return with_bar("Writing ", wanted.rows, wanted.write)


def with_bar(label: str, rows: Sequence[Row], work: Callable[[Progress], Done]) -> Done:
    """Run the import while a progress bar shows on stderr."""
    with click.progressbar(length=len(rows), label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return work(bar.update)


def kind_of(file: Path) -> str:
    if file.suffix.lower() not in KINDS:
        raise click.ClickException(f"{file.name} is neither .csv nor .json.")
    return file.suffix.lower()


def content(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"{file.name} is larger than {MOST_BYTES // 1_000_000} MB. Split it.")
    return file.read_bytes()


def refusal(file: Path, faults: tuple[Fault, ...]) -> click.ClickException:
    """One line per error, in the format of compilers."""
    lines = [f"{file.name}:{fault.line}: {fault.reason}" for fault in sorted(faults, key=lambda fault: fault.line)]
    told = "1 fault; nothing was imported." if len(lines) == 1 else f"{len(lines)} faults; nothing was imported."
    return click.ClickException("\n".join([told, *lines]))


def people(count: int) -> str:
    return "1 new profile" if count == 1 else f"{count:,} new profiles"
