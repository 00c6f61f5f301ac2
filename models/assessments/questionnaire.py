"""What one sitting asks: its instruments one after the other, with their pages counted through."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from models.errors import Invalid, NotFound
from models.instruments import Instrument, Page, by_key

Given = Mapping[str, Mapping[str, Any]]
"""The answers so far: by assessment, then by item."""


@dataclass(frozen=True)
class Step:
    """One page of one instrument."""

    number: int
    """Its place among all pages, from 1 on."""
    part: int
    """Which of the instruments it belongs to, from 1 on."""
    instrument: Instrument
    page: Page

    @property
    def assessment(self) -> str:
        """The assessment that its answers count for."""
        return self.instrument.assessment

    @property
    def place(self) -> int:
        """Its place among the pages of its instrument, from 1 on."""
        return self.instrument.pages.index(self.page) + 1

    @property
    def first_of_part(self) -> bool:
        """Whether the instrument begins here."""
        return self.place == 1


@dataclass(frozen=True)
class Questionnaire:
    """The instruments that somebody answers, in their order, and whether ten Core Values are wanted."""

    instruments: tuple[Instrument, ...]
    extended: bool

    @classmethod
    def of(cls, keys: Mapping[str, str], extended: bool) -> Self:
        """The questionnaire of these versions of instruments."""
        return cls(tuple(by_key(key) for key in keys.values()), extended)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every page, in order."""
        pages = [
            (part, instrument, page) for part, instrument in enumerate(self.instruments, 1) for page in instrument.pages
        ]
        return tuple(Step(number, *found) for number, found in enumerate(pages, 1))

    def step(self, number: int) -> Step:
        """The page with this number; raises `NotFound`."""
        if not 1 <= number <= len(self.steps):
            raise NotFound("There is no such page in this questionnaire.")
        return self.steps[number - 1]

    def part(self, number: int) -> Instrument:
        """The instrument with this number; raises `NotFound`."""
        if not 1 <= number <= len(self.instruments):
            raise NotFound("There is no such part in this questionnaire.")
        return self.instruments[number - 1]

    def first_step_of(self, part: int) -> Step:
        """Where this part begins."""
        return next(step for step in self.steps if step.part == part)

    def unanswered(self, given: Given) -> list[Step]:
        """The pages on which something is still to be answered, in order."""
        missing = {
            (instrument.assessment, item_id)
            for instrument in self.instruments
            for item_id in instrument.unanswered(given.get(instrument.assessment, {}), self.extended)
        }
        return [step for step in self.steps if any((step.assessment, id_) in missing for id_ in step.page.item_ids)]

    def answered(self, given: Given) -> int:
        """How many questions are answered."""
        return sum(len(instrument.item_ids) - left for instrument, left in self._left(given))

    @cached_property
    def questions(self) -> int:
        """How many questions there are."""
        return sum(len(instrument.item_ids) for instrument in self.instruments)

    def minutes(self, given: Given | None = None) -> int:
        """About how many minutes the rest takes; without answers, the whole."""
        left = sum(instrument.minutes * left / len(instrument.item_ids) for instrument, left in self._left(given or {}))
        return math.ceil(left)

    def _left(self, given: Given) -> Iterator[tuple[Instrument, int]]:
        for instrument in self.instruments:
            answers = given.get(instrument.assessment, {})
            yield instrument, len(instrument.unanswered(answers, self.extended))

    def score(self, given: Given) -> dict[str, dict[str, Any]]:
        """The results by assessment; raises `Invalid` while something is unanswered."""
        if missing := self.unanswered(given):
            raise Invalid("answers", f"{len(missing)} pages still have unanswered questions.")
        return {
            instrument.assessment: instrument.score(given[instrument.assessment], self.extended)
            for instrument in self.instruments
        }
