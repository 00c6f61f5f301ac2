"""Each entry of the audit log as a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from models.audit.action_texts import CALLS, READS, TEXTS, ActionText
from models.audit.actions import Action, Outcome
from models.audit.display_names import Names
from models.audit.entry import AuditEntry
from models.audit.placeholders import Part, Telling, joined

UNKNOWN = ActionText("")
"""For an action of another version of this server."""


def sentence(entry: AuditEntry, names: Names, remembered: Mapping[str, str] | None = None) -> list[Part]:
    """One entry as a sentence, in parts that mark names; `remembered` has the names of deleted things by id."""
    telling = Telling(entry, names, remembered or {})
    if whole := text_of(entry.action).whole:
        return begun(telling.fill(whole))
    deed = deed_by_tool(telling) if entry.action == Action.TOOL_CALLED else deed_of(telling)
    return begun([*telling.fill("{who} "), *deed])


def text_of(action: str) -> ActionText:
    return TEXTS.get(action, UNKNOWN)  # type: ignore[call-overload, no-any-return]


def begun(parts: list[Part]) -> list[Part]:
    """The sentence with a capital, unless it begins with a name."""
    first, *rest = parts
    return [first if first.is_name else Part(first.text[:1].upper() + first.text[1:]), *rest]


def deed_of(telling: Telling) -> list[Part]:
    text, refused = text_of(telling.entry.action), telling.entry.outcome != Outcome.ALLOWED
    phrase = (refused and text.refusal) or text.deed or text.refusal
    return telling.fill(phrase) if phrase else [Part(f"did {telling.entry.action}")]


def deed_by_tool(telling: Telling) -> list[Part]:
    entry = telling.entry
    used = CALLS[Outcome.ALLOWED]
    if entry.outcome != Outcome.ALLOWED:
        return telling.fill(CALLS.get(entry.outcome, used))  # type: ignore[call-overload]
    if entry.steps:
        return joined([telling.fill(text_of(step).deed or used) for step in dict.fromkeys(entry.steps)])
    return telling.fill(READS.get(entry.tool or "", used))
