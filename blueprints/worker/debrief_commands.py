"""`flask debriefs`: write them now, and try the language model that the settings name."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup
from sqlalchemy import select

from config import current_settings
from models.accounts import Account
from models.database import db, in_account, writing
from models.debriefs import Debrief, DebriefRequest, message_of
from models.debriefs.prompt import INSTRUCTIONS
from models.debriefs.request import WHY
from models.debriefs.sample_scores import NOBODY
from models.errors import Invalid

group = AppGroup("debriefs", help="Write debriefs, and test the language model.")


@group.command("write")
@click.option("--account", "name", help="Name or id of one account. Default: every account.")
def write_missing(name: str | None) -> None:
    """Write all debriefs that are due, and one for everybody who has results but no debrief."""
    # The server knows these commands too, and needs none of this to start.
    from blueprints.worker.debriefs import due, write

    for account_id, account_name in accounts(name):
        with writing(), in_account(account_id):
            for profile in Debrief.lacking(account_id):
                DebriefRequest.ask(profile)
        asked = written = 0
        while batch := due(account_id):
            for request_id in batch:
                write(request_id)
            asked, written = asked + len(batch), written + DebriefRequest.written_among(batch)
        click.echo(f"{account_name}: {written} of {asked} written")


def accounts(name: str | None) -> list[tuple[uuid.UUID, str]]:
    try:
        found = [Account.called(name)] if name else db.session.scalars(select(Account).order_by(Account.id))
        return [(account.id, account.name) for account in found]
    except Invalid as problem:
        raise click.ClickException(problem.message) from None


@group.command("try")
def try_model() -> None:
    """Ask the model of DEBRIEF_MODEL for a debrief on invented scores, and print it."""
    from blueprints.worker.language_model import ModelFailed, language_model
    from models.debriefs import Unusable, sheet_for, text_from

    settings = current_settings()
    recipient = settings.debrief_recipient
    if recipient is None:
        raise click.ClickException("DEBRIEF_MODEL is not set. This server composes debriefs itself.")
    click.echo(f"Asking {recipient.model} at {recipient.host} …", err=True)
    try:
        with language_model(recipient, settings) as model:
            answer = model.ask(INSTRUCTIONS, message_of(NOBODY), sheet_for(NOBODY).model_json_schema())
        click.echo(text_from(answer, NOBODY, ()))
    except ModelFailed as problem:
        raise click.ClickException(f"{WHY[problem.why]} ({problem})") from None
    except Unusable as problem:
        raise click.ClickException(f"{WHY['unusable']} (It {problem}.)") from None
