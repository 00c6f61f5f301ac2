"""A sheet: what somebody has filled in on one page, as far as it fits what is asked there."""

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
    """One page filled in: what was chosen there, what of it can be kept, what contradicts itself and what is missing."""

    step: Step
    chosen: dict[str, Any]
    """What the page shows as chosen, by item; also what cannot be kept."""
    kept: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """What is wrong, by item, in a sentence."""
    gaps: dict[str, str] = field(default_factory=dict)
    """What is to be answered still, by item, in a sentence that asks for it."""
    sent: bool = False

    @classmethod
    def blank(cls, step: Step, answers: Mapping[str, Any]) -> Sheet:
        """The page as it was left."""
        return cls(step, {item: answers[item] for item in step.page.item_ids if item in answers})

    @classmethod
    def filled(cls, step: Step, fields: Fields, answers: Mapping[str, Any], extended: bool) -> Sheet:
        """The page as it was sent; `answers` are the ones that the instrument has had so far."""
        read = READERS[step.page.kind]
        sheet = cls(step, {item: read(fields, item) for item in step.page.item_ids}, sent=True)
        for item, value in sheet.chosen.items():
            if is_whole(value):
                sheet._check(item, value)
        sheet._look_for_gaps({**answers, **sheet.kept}, extended)
        return sheet

    @property
    def complaints(self) -> dict[str, str]:
        """What is to be said of a page that was sent, by item, in their order."""
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
    """Whether this is an answer, and not the half of one or none."""
    return value is not None and not (isinstance(value, dict) and None in value.values())


def most_and_least(fields: Fields, item: str) -> dict[str, str | None]:
    return {end: fields.get(f"{end}.{item}") for end in ("most", "least")}


def rating(fields: Fields, item: str) -> int | None:
    value = fields.get(item, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None


def chosen_values(fields: Fields, item: str) -> list[str]:
    return fields.getlist(item)


def ranked_values(fields: Fields, item: str) -> list[str]:
    """The values in their places; places that were left empty close up."""
    return [value for place in range(1, RANKS + 1) if (value := fields.get(f"{item}.{place}"))]


READERS: dict[str, Callable[[Fields, str], Any]] = {
    "most_least": most_and_least,
    "rate": rating,
    "narrow": chosen_values,
    "rank": ranked_values,
}
