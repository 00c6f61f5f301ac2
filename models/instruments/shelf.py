"""Where instruments stand: those that come with Profile, and those that an operator loaded beside them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import NotFound
from models.instruments.core import Core
from models.instruments.disc import Disc
from models.instruments.focus import Focus
from models.instruments.instrument import Instrument
from models.instruments.loaded import LoadedInstrument

HERE = Path(__file__).parent
BUNDLED = {"disc": "disc-1", "focus": "focus-1", "core": "core-1"}
KINDS: dict[str, type[Disc | Focus | Core]] = {"disc": Disc, "focus": Focus, "core": Core}
COMMON = ("key", "assessment", "version", "title", "instructions", "minutes", "licence", "validated", "language")


def current(assessment: str) -> Instrument:
    """The instrument that is asked now: the newest one that was loaded, else the one that comes with Profile."""
    loaded = LoadedInstrument.newest(assessment)
    return built(loaded.data) if loaded else bundled(BUNDLED[assessment])


def by_key(key: str) -> Instrument:
    """The instrument of a result or of an open sitting, whatever was loaded since; raises `NotFound`."""
    if loaded := LoadedInstrument.by_key(key):
        return built(loaded.data)
    if key not in BUNDLED.values():
        raise NotFound(f'There is no instrument "{key}" on this server.')
    return bundled(key)


@cache
def bundled(key: str) -> Instrument:
    """An instrument that comes with Profile."""
    return built(bundled_data(key))


def bundled_data(key: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / f"{key}.json").read_text(encoding="utf-8"))
    return data


def built(data: dict[str, Any]) -> Instrument:
    """The instrument in a file that was checked."""
    common = {name: data[name] for name in COMMON} | {"notice": data.get("notice", "")}
    return KINDS[data["assessment"]].of(data, common)
