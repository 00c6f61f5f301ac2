"""What was found, as a table, as JSON, and as questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.peers.questions import questions
from tests.bench.peers.turn import Turn
from tests.bench.surroundings import say
from tests.bench.table import spread, table

TITLES = ("a second", "p50 ms", "p99 ms", "CPU ms", "errors", "KB an answer", "ours ÷ its rate", "its CPU ÷ ours")
Entry = dict[str, Any]


def print_report(about: dict[str, Any], found: Sequence[Entry], rows: Sequence[str]) -> dict[str, Any]:
    """Print it all; returns it."""
    say("\n".join(introduction(about, found)))
    ours = found[0]["turns"]
    for row in rows:
        say()
        lines = [line_of(entry["name"], entry["turns"][row], ours[row]) for entry in found if row in entry["turns"]]
        say(table((row, *TITLES), lines))
    say()
    titles = ("", "start to first tools/list, ms", "memory after load (PSS), MB")
    say(table(titles, [[entry["name"], amount(entry["ready ms"]), amount(entry["memory MB"])] for entry in found]))
    asked = list(questions(found, about["machine"]["cores"]))
    say()
    say("\n".join(f"? {question}" for question in asked) or "Nothing looks odd.")
    return {**about, "servers": [as_json(entry, ours) for entry in found], "questions": asked}


def introduction(about: dict[str, Any], found: Sequence[Entry]) -> list[str]:
    machine = about["machine"]
    return [
        f"{machine['processor']}, {machine['cores']} cores for server, database and generator; {machine['kernel']}.",
        f"{about['database']}; an fsync of this disk: {machine['disk sync ms']:.2f} ms.",
        f"Load: {about['load']}; 16 connections that stay open; an account with {about['profiles']:,} profiles.",
        "Median (least–most); ratios are of each round.",
        *(f"{each['name']}: {', '.join(' '.join(part) for part in each['versions'].items())}" for each in found),
    ]


def line_of(name: str, turns: Sequence[Turn], ours: Sequence[Turn]) -> list[str]:
    database = [turn.database_ms for turn in turns]
    return [
        name,
        spread([turn.rate for turn in turns]),
        spread([turn.load.p50_ms for turn in turns], 1),
        spread([turn.load.p99_ms for turn in turns], 1),
        spread([turn.cpu_ms for turn in turns], 2) + (f" + {spread(database, 2)}" if any(database) else ""),
        str(sum(turn.load.errors for turn in turns)),
        f"{turns[-1].load.answer_bytes / 1000:.1f}",
        *([""] * 2 if turns is ours else [spread(values, 2) for values in ratios(turns, ours)]),
    ]


def ratios(theirs: Sequence[Turn], ours: Sequence[Turn]) -> list[list[float]]:
    """Of each round: our rate by theirs, and what a call costs them by what it costs us."""
    pairs = list(zip(theirs, ours, strict=False))
    return [
        [our.rate / their.rate for their, our in pairs if their.rate],
        [cost(their) / cost(our) for their, our in pairs if cost(our)],
    ]


def cost(turn: Turn) -> float:
    return turn.cpu_ms + turn.database_ms


def as_json(entry: Entry, ours: dict[str, list[Turn]]) -> Entry:
    rows = {}
    for row, turns in entry["turns"].items():
        rates, costs = ratios(turns, ours[row])
        rows[row] = {"runs": [turn.figures() for turn in turns]}
        if turns is not ours[row]:
            rows[row] |= {"ours ÷ its rate": rates, "its CPU ÷ ours": costs}
    return {**{name: value for name, value in entry.items() if name != "turns"}, "rows": rows}


def amount(value: float | None) -> str:
    return "not known here" if value is None else f"{value:,.0f}"
