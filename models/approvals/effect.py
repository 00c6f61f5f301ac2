"""What a call would do: the facts that a person is shown before they allow it, and that must still be so when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.request_scope import MANY_AT_ONCE, AskFirst


@dataclass(frozen=True)
class Effect:
    """What one call would do now."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Names and numbers for the sentence about it."""
    people: int = 1
    """How many profiles it changes."""


def asks_about(effect: Effect, *, deletes: bool, sends: bool) -> Iterator[AskFirst]:
    """The kinds of calls that one with this effect belongs to, most telling first."""
    if deletes:
        yield AskFirst.DELETE
    if sends:
        yield AskFirst.SEND
    if effect.people > MANY_AT_ONCE:
        yield AskFirst.MANY
    yield AskFirst.CHANGE
