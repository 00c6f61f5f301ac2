"""The questions of one sitting: its instruments in order, with consecutive page numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from flask_babel import ngettext

from models.errors import Invalid, NotFound
from models.instruments import Instrument, Page, by_key

Given = Mapping[str, Mapping[str, Any]]
"""The answers so far: by assessment, then by item."""


@dataclass(frozen=True)
class Step:
    """One page of one instrument."""

    number: int
    """Its position among all pages, from 1."""
    part: int
    """The number of its instrument, from 1."""
    instrument: Instrument
    page: Page

    @property
    def assessment(self) -> str:
        """The assessment that its answers belong to."""
        return self.instrument.assessment

    @property
    def place(self) -> int:
        """Its position among the pages of its instrument, from 1."""
        return self.instrument.pages.index(self.page) + 1

    @property
    def first_of_part(self) -> bool:
        """Whether it is the first page of its instrument."""
        return self.place == 1


@dataclass(frozen=True)
class Questionnaire:
    """The instruments that somebody answers, in order, and whether ten Core Values are asked for."""

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

    def unanswered(self, given: Given) -> list[Step]:
        """The pages with unanswered items, in order."""
        missing = {
            (instrument.assessment, item_id)
            for instrument in self.instruments
            for item_id in instrument.unanswered(given.get(instrument.assessment, {}), self.extended)
        }
        return [step for step in self.steps if any((step.assessment, id_) in missing for id_ in step.page.item_ids)]

    @cached_property
    def questions(self) -> int:
        """The number of questions."""
        return sum(len(instrument.item_ids) for instrument in self.instruments)

    @property
    def minutes(self) -> int:
        """About how many minutes it takes."""
        return sum(instrument.minutes for instrument in self.instruments)

    def minutes_left(self, given: Given) -> float:
        """About how many minutes the rest takes."""
        return sum(
            instrument.minutes
            * len(instrument.unanswered(given.get(instrument.assessment, {}), self.extended))
            / len(instrument.item_ids)
            for instrument in self.instruments
        )

    def score(self, given: Given) -> dict[str, dict[str, Any]]:
        """The results by assessment; raises `Invalid` while something is unanswered."""
        if missing := self.unanswered(given):
            raise Invalid(
                "answers",
                ngettext(
                    "One page still has unanswered questions.",
                    "%(num)s pages still have unanswered questions.",
                    len(missing),
                ),
            )
        return {
            instrument.assessment: instrument.score(given[instrument.assessment], self.extended)
            for instrument in self.instruments
        }
