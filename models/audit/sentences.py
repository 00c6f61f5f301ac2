"""Each entry of the audit log as a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from models.audit.action_texts import CALLS, MORE_MAY_FOLLOW, OF_ANOTHER_VERSION, READS, TEXTS
from models.audit.actions import Action, Outcome
from models.audit.display_names import Names
from models.audit.entry import MORE_FOLLOW, AuditEntry
from models.audit.placeholders import EntryContext, joined
from models.audit.wording import ACTOR, ENGLISH_WORDING, Part, Wording, begin


def sentence(
    entry: AuditEntry,
    names: Names,
    remembered: Mapping[str, str] | None = None,
    wording: Wording = ENGLISH_WORDING,
) -> list[Part]:
    """One entry as a sentence, in parts that mark names; `remembered` has the names of deleted things by id."""
    context = EntryContext(entry, names, remembered or {}, wording)
    first, *others = texts_of(entry)
    parts = context.fill(first)
    if others:
        parts = joined([parts, *(context.fill(text, without_actor=True) for text in others)], wording)
    if entry.values.get(MORE_FOLLOW):
        parts = context.fill(MORE_MAY_FOLLOW, sentence=parts)
    return begun(parts)


def texts_of(entry: AuditEntry) -> list[str]:
    """The text of an entry; for a tool call, that of each of its steps."""
    if entry.action != Action.TOOL_CALLED:
        return [text_of(entry.action, entry) or OF_ANOTHER_VERSION]
    used = CALLS[Outcome.ALLOWED]
    if entry.outcome != Outcome.ALLOWED:
        return [CALLS.get(entry.outcome, used)]  # type: ignore[call-overload]
    steps = [text_of(step, entry) for step in dict.fromkeys(entry.steps)]
    return [text if text.startswith(ACTOR) else used for text in steps] or [READS.get(entry.tool or "", used)]


def text_of(action: str, entry: AuditEntry) -> str:
    text = TEXTS.get(action)  # type: ignore[call-overload]
    return text.sentence_for(entry) if text else ""


def begun(parts: list[Part]) -> list[Part]:
    """The sentence with a capital, unless it begins with a name."""
    first, *rest = parts
    return [first if first.is_name else Part(begin(first.text)), *rest]
