"""The language model that writes debriefs, asked through a program that is started for one question (`model_subprocess.py`)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from select import select
from subprocess import DEVNULL, PIPE, Popen
from time import monotonic
from typing import Any

from blueprints.worker.jobs import stopping
from config import Settings
from models.debriefs import Recipient

PROGRAM = Path(__file__).with_name("model_subprocess.py")
START = 30
"""Seconds in which the program must be ready."""
LATE = 5
"""Seconds after its time in which the program must have said that there was no answer."""
LONGEST_LINE = 1_000_000
FOR_GOOD = frozenset({"refused", "not_ready"})
# Settings of earlier versions, which may hold a password.
FORMERLY_OURS = frozenset({"QUEUE_URL"})
# These would lead to another host than the one that accounts were told of.
ELSEWHERE = frozenset({"OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"})


class Interrupted(Exception):
    """The worker is to end, and does not wait for a model."""


class ModelFailed(Exception):
    """No answer. `why` is a word of `models.debriefs.request.WHY`; the message is for the operator's log alone."""

    def __init__(self, why: str, detail: str = "", wait: float = 0) -> None:
        super().__init__(detail or why)
        self.why = why
        self.wait = wait
        """Seconds after which the other side wants to be asked again."""

    @property
    def for_good(self) -> bool:
        """Whether asking again would be answered the same."""
        return self.why in FOR_GOOD


@dataclass(frozen=True)
class LanguageModel:
    """A model that is ready to be asked, once."""

    program: Popen[str]
    seconds: float

    def ask(self, instructions: str, message: str, schema: dict[str, Any]) -> str:
        """What the model wrote into a form of this schema, as JSON that nobody has checked yet; raises `ModelFailed`."""
        self.tell({"instructions": instructions, "message": message, "schema": schema})
        return str(self.hear("slow", self.seconds + LATE)["answer"])

    def tell(self, said: dict[str, Any]) -> None:
        """Say something to the program. Whether it still listens shows when it is heard."""
        assert self.program.stdin
        with suppress(BrokenPipeError):
            # Past the buffer, in which something would be left for a program that has ended.
            os.write(self.program.stdin.fileno(), json.dumps(said).encode() + b"\n")

    def hear(self, silent: str, within: float) -> dict[str, Any]:
        """What the program says next; raises `ModelFailed`, with the word `silent` when it says nothing within so many seconds."""
        assert self.program.stdout
        until = monotonic() + within
        while not select([self.program.stdout], [], [], 0.5)[0]:
            if stopping.is_set():
                raise Interrupted
            if monotonic() > until:
                raise ModelFailed(silent, "the program that asks says nothing")
        line = self.program.stdout.readline(LONGEST_LINE)
        if not line.endswith("\n"):
            raise ModelFailed(silent, "the program that asks has ended")
        said: dict[str, Any] = json.loads(line)
        if "failed" in said:
            raise ModelFailed(said["failed"], said["detail"], said.get("wait") or 0)
        return said


@contextmanager
def language_model(recipient: Recipient, settings: Settings) -> Iterator[LanguageModel]:
    """This model, ready to be asked; raises `ModelFailed`. Afterwards nothing of it is left running."""
    seconds = settings.debrief_timeout.total_seconds()
    how = {
        "model": recipient.model,
        "base_url": recipient.base_url,
        "host": recipient.known_host,
        "seconds": seconds,
        "tokens": settings.debrief_tokens,
    }
    # -P: the program's own folder is no place to import from.
    command = [sys.executable, "-P", str(PROGRAM)]
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment(), cwd="/", text=True) as program:  # noqa: S603
        model = LanguageModel(program, seconds)
        try:
            model.tell(how)
            model.hear("not_ready", START)
            yield model
        finally:
            program.kill()


def environment() -> dict[str, str]:
    """Our environment without anything that is ours: the keys of providers stay, by their usual names."""
    ours = {each.name.upper() for each in fields(Settings)} | FORMERLY_OURS | ELSEWHERE
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PG")}
