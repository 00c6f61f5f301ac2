"""Each entry of the audit log as a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from models.audit.action_texts import CALLS, READS, TEXTS, ActionText
from models.audit.actions import Action, Outcome
from models.audit.display_names import Names
from models.audit.entry import AuditEntry
from models.audit.placeholders import EntryContext, Part, joined

UNKNOWN = ActionText("")
"""For an action of another version of this server."""


def sentence(entry: AuditEntry, names: Names, remembered: Mapping[str, str] | None = None) -> list[Part]:
    """One entry as a sentence, in parts that mark names; `remembered` has the names of deleted things by id."""
    context = EntryContext(entry, names, remembered or {})
    if whole := text_of(entry.action).whole:
        return begun(context.fill(whole))
    deed = deed_by_tool(context) if entry.action == Action.TOOL_CALLED else deed_of(context)
    return begun([*context.fill("{who} "), *deed])


def text_of(action: str) -> ActionText:
    return TEXTS.get(action, UNKNOWN)  # type: ignore[call-overload, no-any-return]


def begun(parts: list[Part]) -> list[Part]:
    """The sentence with a capital, unless it begins with a name."""
    first, *rest = parts
    return [first if first.is_name else Part(first.text[:1].upper() + first.text[1:]), *rest]


def deed_of(context: EntryContext) -> list[Part]:
    text, refused = text_of(context.entry.action), context.entry.outcome != Outcome.ALLOWED
    phrase = (refused and text.refusal) or text.deed or text.refusal
    return context.fill(phrase) if phrase else [Part(f"did {context.entry.action}")]


def deed_by_tool(context: EntryContext) -> list[Part]:
    entry = context.entry
    used = CALLS[Outcome.ALLOWED]
    if entry.outcome != Outcome.ALLOWED:
        return context.fill(CALLS.get(entry.outcome, used))  # type: ignore[call-overload]
    if entry.steps:
        return joined([context.fill(text_of(step).deed or used) for step in dict.fromkeys(entry.steps)])
    return context.fill(READS.get(entry.tool or "", used))
