"""A file becomes an instrument, or is refused with a list of all of its faults."""

from __future__ import annotations

from itertools import islice
from typing import Any

from models.instruments.validation.fault import Faulty
from models.instruments.validation.meaning import known_values, sense_faults
from models.instruments.validation.reading import read
from models.instruments.validation.schema import schema_faults

MOST_FAULTS = 50
"""More than anybody fixes in one go."""


def checked(content: bytes) -> dict[str, Any]:
    """The data of an instrument, complete and valid; raises `Faulty`."""
    data = read(content)
    for look in (schema_faults, sense_faults):
        if found := list(islice(look(data), MOST_FAULTS)):
            raise Faulty(*found)
    return completed(data)


def completed(data: dict[str, Any]) -> dict[str, Any]:
    """The same with the names and meanings that an English file of Core Values may omit."""
    if data["assessment"] != "core":
        return data
    known = known_values()
    return data | {"values": [known.get(each["value"], {}) | each for each in data["values"]]}
