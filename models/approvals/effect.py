"""What a call would do: the facts that a person is shown before they allow it, and that must still be so when it runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.request_scope import MANY_AT_ONCE, AskFirst


@dataclass(frozen=True)
class Effect:
    """What one call would do now."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Names and numbers for the sentence about it."""
    people: int = 1
    """How many profiles it changes."""


class ToolKind(Protocol):
    """What a tool says about its calls."""

    @property
    def reads(self) -> bool: ...
    @property
    def deletes(self) -> bool: ...
    @property
    def open_world(self) -> bool: ...
    @property
    def many(self) -> bool: ...


def kind_asked(tool: ToolKind, people: int, asks: Collection[AskFirst]) -> AskFirst | None:
    """Why a call that changes this many profiles waits for a person, by the most telling kind of call that it is; None if it does not."""
    if tool.reads:
        return None
    if tool.deletes and AskFirst.DELETE in asks:
        return AskFirst.DELETE
    if tool.open_world and AskFirst.SEND in asks:
        return AskFirst.SEND
    if tool.many and people > MANY_AT_ONCE and AskFirst.MANY in asks:
        return AskFirst.MANY
    return AskFirst.CHANGE if AskFirst.CHANGE in asks else None
