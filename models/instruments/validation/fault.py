"""What is wrong with a file: each fault with its position, as a JSON path, and a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


@dataclass(frozen=True)
class Fault:
    """One thing to fix."""

    path: str
    """Its position, for example `$.blocks[3].statements[1].scale`."""
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class Faulty(Exception):
    """A file that is not a valid instrument, with all of its faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def path_to(*steps: str | int) -> str:
    """The JSON path to a position, from the root."""
    return "$" + "".join(path_step(step) for step in steps)


def path_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if WORD.fullmatch(step) else f"[{printable(step)}]"


def printable(value: Any) -> str:
    """A value from the file in a message: short, on one line, and printable."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if not isinstance(value, str):
        return json.dumps(value)[:40]
    text = "".join(c if c.isprintable() else "�" for c in value[:41])
    return f'"{text}"' if len(value) <= 40 else f'"{text[:40]}…"'


def listed(values: Iterable[object], last: str = "or") -> str:
    """Values listed in a sentence: a, b or c."""
    *before, end = map(str, values)
    return f"{', '.join(before)} {last} {end}" if before else end
