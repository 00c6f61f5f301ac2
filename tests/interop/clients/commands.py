"""Lets a test drive a program: one JSON list a line comes in (a command and its arguments), one JSON object a line goes out."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio import to_thread

Commands = dict[str, Callable[..., Awaitable[Any]]]


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a program. A library that gives up may take everything down with it; the last word is why."""
    try:
        anyio.run(main)
    except BaseException as error:  # noqa: BLE001 (the test sees it)
        say({"error": innermost(error)})


async def obey(commands: Commands) -> None:
    while line := await to_thread.run_sync(sys.stdin.readline):
        name, *given = json.loads(line)
        try:
            answer = {"result": await commands[name](*given)}
        except Exception as error:  # noqa: BLE001 (the test sees it)
            answer = {"error": innermost(error)}
        say(answer)


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
