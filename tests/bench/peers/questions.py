"""Figures that look too good, too bad or too odd are asked about, every time: 44 ms at 0.9 ms of CPU was a delayed acknowledgement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from tests.bench.peers.turn import Turn

WAITS = 0.7
"""With 16 requests under way, all cores are busy, unless something is waited for."""
QUIET = 0.2
GENERATOR = 0.5
ONE_SIDED = 0.8
SPREAD = 1.3


def questions(found: Sequence[dict[str, Any]], cores: int) -> Iterator[str]:
    """What whoever reads these figures should find out before believing them."""
    everything = [turn for entry in found for turns in entry["turns"].values() for turn in turns]
    if (others := median(turn.other_cores for turn in everything)) > QUIET:
        yield f"Other programs kept {others:.1f} of {cores} cores busy (median): is this machine quiet enough?"
    if (most := max(turn.generator_cores for turn in everything)) > GENERATOR:
        yield f"The generator kept up to {most:.1f} of {cores} cores busy: how much of the waiting is its own?"
    for entry in found:
        if entry["audit rows"] is not None and entry["audit rows"] < entry["good calls"]:
            yield f"{entry['name']} answered {entry['good calls']} calls and kept {entry['audit rows']} audit rows: where is the rest?"
        for row, turns in entry["turns"].items():
            yield from (f"{entry['name']}, {row}: {question}" for question in about(turns, cores))


def about(turns: Sequence[Turn], cores: int) -> Iterator[str]:
    if errors := sum(turn.load.errors for turn in turns):
        sample = next((turn.load.sample for turn in turns if turn.load.sample), "nothing")
        yield f"{errors} answers were not as they should be; why? The first: {sample}"
    cost, waited = median(t.cpu_ms + t.database_ms for t in turns), median(t.load.p50_ms for t in turns)
    if (used := median(turn.used_cores + turn.other_cores for turn in turns)) < WAITS * cores:
        yield f"{waited:.1f} ms at {cost:.2f} ms of CPU, and only {used:.1f} of {cores} cores were busy: what is waited for?"
    lopsided = [turn.busiest for turn in turns if turn.busiest and turn.busiest > ONE_SIDED]
    if lopsided:
        yield f"one worker did {max(lopsided):.0%} in {len(lopsided)} of {len(turns)} runs: did it accept nearly all connections?"
    rates = [turn.rate for turn in turns]
    if min(rates) * SPREAD < max(rates):
        yield f"its runs differ ({min(rates):,.0f} to {max(rates):,.0f} a second): what happened between them?"
