"""How long it takes to score what somebody answered: pure functions, one after the other, in this process alone."""

from __future__ import annotations

from random import Random
from time import perf_counter, process_time
from typing import Any

from models.instruments.instrument import Instrument, Page
from models.instruments.registry import bundled
from tests.bench.surroundings import say
from tests.bench.table import spread, table

KEYS = ("disc-1", "focus-1", "core-1")
SITTINGS = 200


def by_scoring(rounds: int) -> dict[str, Any]:
    """Measure and print how many sittings are scored in a second, each instrument for itself; returns the figures."""
    found = {key: [rate(bundled(key), seed) for seed in range(max(rounds, 1))] for key in KEYS}
    say(f"{SITTINGS} sittings with answers by chance, scored {max(rounds, 1)} times.")
    say()
    say(table(("", "sittings a second", "CPU µs each"), [row_of(key, runs) for key, runs in found.items()]))
    return {key: [{"a second": fast, "CPU µs": cost} for fast, cost in runs] for key, runs in found.items()}


def row_of(key: str, runs: list[tuple[float, float]]) -> list[str]:
    return [key, spread([a_second for a_second, _ in runs]), spread([microseconds for _, microseconds in runs], 1)]


def rate(instrument: Instrument, seed: int) -> tuple[float, float]:
    chance = Random(seed)
    sittings = [answered(instrument, chance) for _ in range(SITTINGS)]
    began, busy = perf_counter(), process_time()
    for answers in sittings:
        instrument.score(answers)
    return SITTINGS / (perf_counter() - began), (process_time() - busy) * 1e6 / SITTINGS


def answered(instrument: Instrument, chance: Random) -> dict[str, Any]:
    """A whole set of answers, any of those that a person could give."""
    if instrument.assessment == "focus":
        return {item: chance.randint(1, 5) for item in instrument.item_ids}
    if instrument.assessment == "disc":
        return {page.item_ids[0]: most_and_least(page, chance) for page in instrument.pages}
    chosen = chance.sample([value.value for value in instrument.values], 12)
    return {"narrow": chosen, "rank": chosen[:5]}


def most_and_least(page: Page, chance: Random) -> dict[str, str]:
    most, least = chance.sample(page.statements, 2)
    return {"most": most.id, "least": least.id}
