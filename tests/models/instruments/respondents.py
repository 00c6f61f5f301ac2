"""People who answer, each in a way of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.instruments import FOCUS_DOMAINS, Instrument, bundled
from models.instruments.registry import bundled_data

DISC, FOCUS, CORE = bundled("disc-1"), bundled("focus-1"), bundled("core-1")
ALL = (DISC, FOCUS, CORE)
FACETS = [facet for facets in FOCUS_DOMAINS.values() for facet in facets]


def chooses(most: str, least: str, instrument: Instrument = DISC) -> dict[str, Any]:
    """Somebody who in every block finds one scale most like them, and another one least."""
    answers = {}
    for page in instrument.pages:
        of_scale = {statement.scale: statement.id for statement in page.statements}
        answers[page.item_ids[0]] = {"most": of_scale[most], "least": of_scale[least]}
    return answers


def reaches(sums: Mapping[str, int], instrument: Instrument = FOCUS) -> dict[str, int]:
    """Somebody whose facets have these sums, from 4 to 20; 12 where nothing is said."""
    shares = {facet: spread(sums.get(facet, 12)) for facet in FACETS}
    return {
        statement.id: counted if statement.keyed == "+" else 6 - counted
        for page in instrument.pages
        for statement in page.statements
        for counted in [shares[statement.scale].pop()]
    }


def spread(total: int) -> list[int]:
    """Four answers from 1 to 5 with this sum."""
    return [total // 4 + (place < total % 4) for place in range(4)]


def ranks(*values: str) -> dict[str, list[str]]:
    """Somebody who narrows to these values and ranks them so."""
    return {"narrow": list(values), "rank": list(values)}


def names(count: int, instrument: Instrument = CORE) -> list[str]:
    """The first values of an instrument."""
    return [each.value for each in instrument.values[:count]]


def complete(instrument: Instrument) -> dict[str, Any]:
    """An answer to everything."""
    return {"disc": chooses("d", "c"), "focus": reaches({}), "core": ranks(*names(5))}[instrument.assessment]


def file_of(assessment: str, version: str = "acme.1", **changes: Any) -> dict[str, Any]:
    """The data of an instrument that somebody else made: a bundled one under another name."""
    data: dict[str, Any] = json.loads(json.dumps(bundled_data(f"{assessment}-1")))
    return data | {"key": f"{assessment}-{version}", "version": version} | changes
