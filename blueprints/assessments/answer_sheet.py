"""An answer sheet: what a person entered on one page, checked against its questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from models.assessments import Step
from models.errors import Invalid

Fields = MultiDict[str, str]
RANKS = 10


@dataclass
class Sheet:
    """One submitted page: what was chosen, what can be stored, what is contradictory and what is missing."""

    step: Step
    chosen: dict[str, Any]
    """What the page shows as chosen, by item, including what cannot be stored."""
    kept: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """Error messages by item."""
    gaps: dict[str, str] = field(default_factory=dict)
    """Messages that ask for missing answers, by item."""
    sent: bool = False

    @classmethod
    def blank(cls, step: Step, answers: Mapping[str, Any]) -> Sheet:
        """The page with the answers stored so far."""
        return cls(step, {item: answers[item] for item in step.page.item_ids if item in answers})

    @classmethod
    def filled(cls, step: Step, fields: Fields, answers: Mapping[str, Any], extended: bool) -> Sheet:
        """The page as submitted; `answers` are the instrument's stored answers."""
        read = READERS[step.page.kind]
        sheet = cls(step, {item: read(fields, item) for item in step.page.item_ids}, sent=True)
        for item, value in sheet.chosen.items():
            if is_whole(value):
                sheet._check(item, value)
        sheet._look_for_gaps({**answers, **sheet.kept}, extended)
        return sheet

    @property
    def complaints(self) -> dict[str, str]:
        """The messages for a submitted page, by item, in the page's order."""
        said = {**self.gaps, **self.faults} if self.sent else {}
        return {item: said[item] for item in self.step.page.item_ids if item in said}

    def _check(self, item: str, value: Any) -> None:
        try:
            self.kept[item] = self.step.instrument.check_answer(item, value)
        except Invalid as problem:
            self.faults[item] = problem.message

    def _look_for_gaps(self, answers: Mapping[str, Any], extended: bool) -> None:
        instrument = self.step.instrument
        for item in instrument.unanswered(answers, extended):
            if item in self.chosen and item not in self.faults:
                self.gaps[item] = instrument.ask_for(item, extended)


def is_whole(value: Any) -> bool:
    """Whether this is a complete answer."""
    return value is not None and not (isinstance(value, dict) and None in value.values())


def most_and_least(fields: Fields, item: str) -> dict[str, str | None]:
    return {end: fields.get(f"{end}.{item}") for end in ("most", "least")}


def rating(fields: Fields, item: str) -> int | None:
    value = fields.get(item, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None


def chosen_values(fields: Fields, item: str) -> list[str]:
    return fields.getlist(item)


def ranked_values(fields: Fields, item: str) -> list[str]:
    """The values in order; empty places are closed up."""
    return [value for place in range(1, RANKS + 1) if (value := fields.get(f"{item}.{place}"))]


READERS: dict[str, Callable[[Fields, str], Any]] = {
    "most_least": most_and_least,
    "rate": rating,
    "narrow": chosen_values,
    "rank": ranked_values,
}
