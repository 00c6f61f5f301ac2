"""Every command runs in its own request scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from blueprints.web.errors import UNKNOWN
from models.database import OutcomeUnknown
from models.request_scope import open_scope

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def open_for_commands(app: Flask) -> None:
    """Let each command of this app open a scope, from whichever blueprint it comes. Call it when all are registered."""
    for command in commands_in(app.cli):
        if command.callback is not None and not hasattr(command.callback, "in_scope"):
            command.callback = in_scope(command.callback)


def commands_in(group: click.Group) -> Iterator[click.Command]:
    """The commands of a group and its subgroups."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from commands_in(command)
        else:
            yield command


def in_scope(callback: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """The same function, run in its own scope."""

    @wraps(callback)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            with open_scope():
                return callback(*args, **kwargs)
        except OutcomeUnknown as error:
            raise click.ClickException(f"{UNKNOWN} ({error})") from None
        except (OperationalError, PoolTimeout) as error:
            raise click.ClickException(
                f"The database is busy or not available. Try again in a moment. ({error})"
            ) from None

    # Commands outlive an app: if one process creates several apps, the first has wrapped them.
    run.in_scope = True  # type: ignore[attr-defined]
    return run
