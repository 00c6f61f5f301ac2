"""docs/faults.md: which faults are made, and what came of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import ROOT
from tests.faults.registry import FAULTS

PAGE = ROOT / "docs" / "faults.md"
COLUMNS = ("fault", "database", "rounds", "writes", "lost", "entries", "answers", "recovery", "seconds", "verdict")


@dataclass
class Row:
    """One fault on one database."""

    fault: str
    database: str
    seconds: float = 0.0
    missed: list[str] = field(default_factory=list)
    """The figures that were not reached, in a line each."""
    skipped: str = "it was interrupted"
    """Why it was not tried."""
    found: Counter[str] = field(default_factory=Counter)
    statuses: Counter[Any] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, figures: Iterable[tuple[str, Any]]) -> None:
        """Take in what a test recorded."""
        for name, value in figures:
            if name == "statuses":
                self.statuses.update(value)
            elif name == "recovery":
                self.recoveries.append(value)
            elif name == "note":
                self.notes.append(value)
            elif name == "rounds":
                self.found[name] = max(self.found[name], value)
            elif isinstance(value, int):
                self.found[name] += value

    @property
    def verdict(self) -> str:
        """What came of it; where a figure was missed, which."""
        if self.missed:
            return f"**missed**: {'; '.join(self.missed)}"
        return f"not tried: {self.skipped}" if self.skipped else "held"

    def cells(self) -> list[str]:
        """As a row of the table."""
        number = {
            name: f"{self.found[name]:,}" if name in self.found else "—" for name in ("rounds", "changes", "entries")
        }
        answers = ", ".join(f"{count:,} × {status}" for status, count in sorted(self.statuses.items(), key=str))
        if cut := self.found["cut"]:
            answers += f", {cut:,} cut off"
        slowest = f"≤ {max(self.recoveries):.1f} s" if self.recoveries else "—"
        lost = "—" if "lost" not in self.found else "?" if self.missed else str(self.found["lost"])
        verdict = "; ".join([self.verdict, *dict.fromkeys(self.notes)])
        return [
            f"`{self.fault}`",
            self.database,
            number["rounds"],
            number["changes"],
            lost,
            number["entries"],
            answers or "—",
            slowest,
            f"{self.seconds:.0f}",
            verdict,
        ]


def what_is_done() -> str:
    """The table of all faults."""
    rows = [[f"`{each.name}`", each.what, each.figure, f"{each.rounds:,}"] for each in FAULTS]
    return markdown(["fault", "what is done", "figure to reach", "rounds"], rows)


def results(rows: Iterable[Row]) -> list[str]:
    """Lines of the table of results, without its head."""
    return [line(row.cells()) for row in rows]


def markdown(titles: list[str], rows: list[list[str]]) -> str:
    return "\n".join([line(titles), "|" + "---|" * len(titles), *(line(row) for row in rows)])


def line(cells: list[str]) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def write(rows: list[Row], said: str, page: Path = PAGE) -> None:
    """Put these rows into the page; those of other faults stay as they were."""
    text = page.read_text()
    kept = dict(re.findall(r"^(\| `[\w-]+` \| (?:sqlite|postgres) \|)(.*)$", part(text, "results"), re.MULTILINE))
    kept |= {
        new[: len(key)]: new[len(key) :]
        for new in results(rows)
        if (key := new[: new.index("|", new.index("|", 2) + 1) + 1])
    }
    order = {fault.name: place for place, fault in enumerate(FAULTS)}
    names = sorted(kept, key=lambda key: (order.get(key.split("`")[1], 99), "postgres" in key))
    head = markdown(list(COLUMNS), [])
    text = replaced(text, "faults", what_is_done())
    text = replaced(text, "results", "\n".join([said, "", head, *(name + kept[name] for name in names)]))
    page.write_text(text)


def part(text: str, name: str) -> str:
    """What is between the marks of this part."""
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]


def replaced(text: str, name: str, new: str) -> str:
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    return before + mark + new + "\n" + rest[rest.index(f"<!-- /{name} -->") :]
