"""Every command of the command line works in a request scope of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask

from models.request_scope import open_scope

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def open_for_commands(app: Flask) -> None:
    """Let each command of this app open a scope, whichever blueprint it came from. Called when all of them are there."""
    for command in commands_in(app.cli):
        if command.callback is not None and not hasattr(command.callback, "in_scope"):
            command.callback = in_scope(command.callback)


def commands_in(group: click.Group) -> Iterator[click.Command]:
    """The commands of a group and of the groups in it."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from commands_in(command)
        else:
            yield command


def in_scope(callback: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """The same function, run in a scope of its own."""

    @wraps(callback)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with open_scope():
            return callback(*args, **kwargs)

    # The commands outlive an app: of several made in one process, the first has seen to them.
    run.in_scope = True  # type: ignore[attr-defined]
    return run
