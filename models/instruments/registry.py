"""Every instrument: those bundled with Profile, and those that a server administrator loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from flask_babel import pgettext

from models.errors import NotFound
from models.instruments.core_values import Core
from models.instruments.disc import Disc
from models.instruments.focus import Focus
from models.instruments.instrument import Instrument
from models.instruments.loaded_instrument import LoadedInstrument
from models.instruments.scales import ASSESSMENTS
from models.text import ENGLISH, current_language

HERE = Path(__file__).parent
READ_BY_PEOPLE = frozenset({"title", "notice", "instructions", "text", "name", "meaning"})
BUNDLED = {"disc": "disc-1", "focus": "focus-1", "core": "core-1"}
KINDS: dict[str, type[Disc | Focus | Core]] = {"disc": Disc, "focus": Focus, "core": Core}
COMMON = ("key", "assessment", "version", "title", "instructions", "minutes", "licence", "validated", "language")


def current(assessment: str) -> Instrument:
    """The instrument in use: the last loaded one, else the bundled one."""
    loaded = LoadedInstrument.newest(assessment)
    return built(loaded.data) if loaded else bundled(BUNDLED[assessment])


def by_key(key: str) -> Instrument:
    """The instrument of a result or an open sitting, even if it is no longer in use; raises `NotFound`."""
    if loaded := LoadedInstrument.by_key(key):
        return built(loaded.data)
    if key not in BUNDLED.values():
        raise NotFound(f'There is no instrument "{key}" on this server.')
    return bundled(key)


@dataclass(frozen=True)
class Shelved:
    """An instrument of this server, and its status."""

    instrument: Instrument
    loaded_at: datetime | None
    """When a server administrator loaded it; None if it is only bundled."""
    is_asked: bool
    """Whether new sittings use it."""


def shelved() -> list[Shelved]:
    """Every instrument of this server: by assessment, the bundled ones first, then in the order in which they were loaded."""
    loaded = {each.key: each for each in LoadedInstrument.every()}
    keys = [key for key in BUNDLED.values() if key not in loaded] + list(loaded)
    asked = {assessment: current(assessment).key for assessment in ASSESSMENTS}
    found = [
        Shelved(by_key(key), loaded[key].loaded_at if key in loaded else None, key in asked.values()) for key in keys
    ]
    return sorted(found, key=lambda each: ASSESSMENTS.index(each.instrument.assessment))


def bundled(key: str) -> Instrument:
    """An instrument bundled with Profile, with its texts in the reader's language."""
    return bundled_in(current_language(), key)


@cache
def bundled_in(language: str, key: str) -> Instrument:
    data = bundled_data(key)
    if language == ENGLISH:
        return built(data)
    return built(with_texts(data, partial(pgettext, key)) | {"language": language})


def with_texts(data: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The data of an instrument with each text that people read changed; ids, scales and values stay."""
    if isinstance(data, dict):
        return {inner: with_texts(value, change, inner) for inner, value in data.items()}
    if isinstance(data, list):
        # The answers of Focus are a list of texts; the scale of a statement is a letter.
        return [with_texts(value, change, "text" if name == "scale" else name) for value in data]
    return change(data) if name in READ_BY_PEOPLE else data


def bundled_data(key: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / f"{key}.json").read_text(encoding="utf-8"))
    return data


def built(data: dict[str, Any]) -> Instrument:
    """The instrument in a checked file."""
    common = {name: data[name] for name in COMMON} | {"notice": data.get("notice", "")}
    return KINDS[data["assessment"]].of(data, common)
