"""What every instrument is: pages of questions, which answers they take, and what these come to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from models.errors import Invalid
from models.instruments.straight_lining import StraightLine, straight_lined

Answers = Mapping[str, Any]
"""What was answered so far, by item id, each in the form that `Instrument.check_answer` gives it."""


@dataclass(frozen=True)
class Statement:
    """A sentence that somebody finds like them or not."""

    id: str
    text: str
    scale: str
    """What it is meant for: a DISC scale or a Focus facet."""
    keyed: str = "+"
    """`-` where agreeing speaks against the scale."""


@dataclass(frozen=True)
class Value:
    """A value that somebody may put first: what results call it, and what people read."""

    value: str
    name: str
    meaning: str


@dataclass(frozen=True)
class Page:
    """What is asked at once."""

    kind: Literal["most_least", "rate", "narrow", "rank"]
    item_ids: tuple[str, ...]
    """What the answers given here are kept under: the block, the statements, or the step."""
    statements: tuple[Statement, ...] = ()
    most: int = 1
    """How many values the step takes at most (`narrow` and `rank`)."""


@dataclass(frozen=True, kw_only=True)
class Instrument(ABC):
    """One version of an instrument. A version never changes, for results and open sittings remember it by its key."""

    key: str
    """Assessment and version, for instance `disc-1`."""
    assessment: str
    version: str
    title: str
    instructions: str
    notice: str
    """What people should know of where it comes from and how far it can be trusted."""
    minutes: int
    licence: str
    validated: bool
    language: str
    pages: tuple[Page, ...]
    values: tuple[Value, ...] = ()
    """Core Values: what there is to choose from."""
    scale: tuple[str, ...] = ()
    """Focus: what the answers 1 to 5 are called."""

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """What is to be answered, in the order in which it is asked."""
        return tuple(self._page_of)

    @cached_property
    def _page_of(self) -> dict[str, Page]:
        return {item_id: page for page in self.pages for item_id in page.item_ids}

    def page_of(self, item_id: str) -> Page:
        """The page that asks this; raises `Invalid` when none does."""
        if item_id not in self._page_of:
            raise Invalid(item_id, f"{self.title} has no such question. Reload the page.")
        return self._page_of[item_id]

    def check_answer(self, item_id: str, value: Any) -> Any:
        """An answer in the form in which it is kept; raises `Invalid` with the item as its field.

        DISC: a block takes `{"most": statement, "least": another}`. Focus: a statement takes 1 to 5. Core Values: `narrow`
        takes a list of values and `rank` a list in order; both may be kept half done, and are `unanswered` until enough.
        """
        return self._checked(self.page_of(item_id), item_id, value)

    def unanswered(self, answers: Answers, extended: bool = False) -> list[str]:
        """The items that still need an answer, in order; empty when the instrument can be scored."""
        return [item_id for item_id in self.item_ids if not self._is_complete(item_id, answers, extended)]

    def score(self, answers: Answers, extended: bool = False) -> dict[str, Any]:
        """The result in its final shape; raises `Invalid` for an answer that is foreign, wrong or missing."""
        checked = {item_id: self.check_answer(item_id, value) for item_id, value in answers.items()}
        if missing := self.unanswered(checked, extended):
            raise Invalid(missing[0], self._ask_for(missing[0], extended))
        return self._result(checked, extended)

    def ask_for(self, item_id: str, extended: bool = False) -> str:
        """The sentence that asks for an answer to this."""
        return self._ask_for(item_id, extended)

    def straight_lined(self, answers: Answers) -> StraightLine:
        """How much the answers so far look as if they had been given without reading."""
        return straight_lined(
            [self._mark(item_id, answers[item_id]) for item_id in self.item_ids if item_id in answers]
        )

    def place(self, item_id: str) -> int:
        """Which question this is, counted from 1."""
        return self.item_ids.index(item_id) + 1

    def _is_complete(self, item_id: str, answers: Answers, _extended: bool, /) -> bool:
        return item_id in answers

    @abstractmethod
    def _checked(self, page: Page, item_id: str, value: Any, /) -> Any:
        """The answer to this item of this page, or `Invalid`."""

    @abstractmethod
    def _ask_for(self, item_id: str, extended: bool, /) -> str:
        """The sentence that asks for what is missing here."""

    @abstractmethod
    def _result(self, answers: Answers, extended: bool, /) -> dict[str, Any]:
        """The result of complete, checked answers."""

    @abstractmethod
    def _mark(self, item_id: str, value: Any, /) -> Hashable:
        """What somebody who does not read would repeat: the same place on the page."""
