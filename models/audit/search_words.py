"""The search words of an audit entry: those of its sentence in English, stored with the entry.

Names of things are stored separately, one row for each: a trigger deletes them with the thing, so that a deleted name
finds nothing. The actor and their connection are looked up by the search.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast

from models.audit.action_texts import TEXTS
from models.audit.display_names import Names
from models.audit.entry import AuditEntry
from models.audit.placeholders import NAMED_AT_MOST
from models.audit.resource_kinds import KINDS, Thing, name_of
from models.audit.sentences import sentence
from models.text import beginnings

# A name without words.
ANYBODY = "?"


@dataclass(frozen=True)
class EntryWords:
    """The search words of one entry."""

    own: str
    things: dict[uuid.UUID, str]
    """The words of the names in it, by id."""
    elsewhere: dict[str, list[uuid.UUID]]
    """By kind, the named things whose words are already in the database."""


def words_of(facts: Mapping[str, Any], remembered: Mapping[str, str]) -> EntryWords:
    """The words of an entry that is about to be written."""
    # A real database object would cost more than everything else here.
    entry = cast(AuditEntry, SimpleNamespace(**facts))
    parts = sentence(entry, Names(dict(names_at_hand(entry, remembered))), remembered)
    text = TEXTS.get(entry.action)  # type: ignore[call-overload]
    title = text.title if text else ""
    own = [title, *detail_texts(entry), *(part.text for part in parts if part.thing is None)]
    things: dict[uuid.UUID, str] = {}
    elsewhere: dict[str, list[uuid.UUID]] = {}
    for (kind, id_), name in {part.thing: part.text for part in parts if part.thing}.items():
        if KINDS[kind].words:
            elsewhere.setdefault(kind, []).append(id_)
        elif text := searchable([name]):
            things[id_] = text
    return EntryWords(searchable(own), things, elsewhere)


def names_at_hand(entry: AuditEntry, remembered: Mapping[str, str]) -> Iterator[tuple[Thing, str]]:
    """The names of the few things that the sentence names, except of those that it says are deleted."""
    by_kind: dict[str, list[str]] = {}
    for kind, kept in entry.resources:
        by_kind.setdefault(kind, []).append(kept)
    for kind, ids in by_kind.items():
        if kind in KINDS and KINDS[kind].many and len(ids) <= NAMED_AT_MOST:
            yield from present_names(entry, kind, [uuid.UUID(id_) for id_ in ids if id_ not in remembered])
    # Last, because a search looks the actor up by name, even if the entry is about the actor too.
    for kind, id_ in (("member", entry.member_id), ("connection", entry.connection_id)):
        if id_:
            yield (kind, id_), ANYBODY


def present_names(entry: AuditEntry, kind: str, ids: list[uuid.UUID]) -> Iterator[tuple[Thing, str]]:
    if ids and KINDS[kind].deletion not in {entry.action, *entry.steps}:
        for id_ in ids:
            name = None if KINDS[kind].words else name_of(kind, entry.account_id, id_)
            yield (kind, id_), ANYBODY if name is None else name


def detail_texts(entry: AuditEntry) -> Iterator[str]:
    """The details of an entry that its sentence does not have."""
    yield from filter(None, (entry.outcome, entry.tool, entry.scope, entry.reason, *entry.fields))
    for value in entry.values.values():
        yield from map(str, value if isinstance(value, list) else [value])


def searchable(texts: Iterable[str]) -> str:
    """The words of these texts without repetition, each after a space, so that a space finds the beginning of a word."""
    return "".join(f" {word}" for word in dict.fromkeys(word for text in texts for word in words_in(text)))


@lru_cache(maxsize=2_048)
def words_in(text: str) -> tuple[str, ...]:
    return tuple(beginnings(text))
