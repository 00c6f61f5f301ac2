"""What every instrument has: pages of questions, the answers that they accept, and scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from flask_babel import gettext as _

from models.errors import Invalid
from models.instruments.straight_lining import StraightLine, straight_lined

Answers = Mapping[str, Any]
"""The answers so far, by item id, each in the form that `Instrument.check_answer` returns."""


@dataclass(frozen=True)
class Statement:
    """A sentence that people agree with or not."""

    id: str
    text: str
    scale: str
    """The DISC scale or Focus facet that it measures."""
    keyed: str = "+"
    """`-` if agreeing counts against the scale."""


@dataclass(frozen=True)
class Value:
    """A value to choose: its name in results, and its text for people."""

    value: str
    name: str
    meaning: str


@dataclass(frozen=True)
class Page:
    """The questions that are asked together."""

    kind: Literal["most_least", "rate", "narrow", "rank"]
    item_ids: tuple[str, ...]
    """The keys of the answers on this page: the block, the statements, or the step."""
    statements: tuple[Statement, ...] = ()
    most: int = 1
    """The maximum number of values for the step (`narrow` and `rank`)."""


@dataclass(frozen=True, kw_only=True)
class Instrument(ABC):
    """One version of an instrument. A version never changes, since results and open sittings refer to it by its key."""

    key: str
    """Assessment and version, for example `disc-1`."""
    assessment: str
    version: str
    title: str
    instructions: str
    notice: str
    """What people should know about its origin and how far to trust it."""
    minutes: int
    licence: str
    validated: bool
    language: str
    pages: tuple[Page, ...]
    values: tuple[Value, ...] = ()
    """Core Values: the values to choose from."""
    scale: tuple[str, ...] = ()
    """Focus: the names of the answers 1 to 5."""

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """The items, in the order in which they are asked."""
        return tuple(self._page_of)

    @cached_property
    def _page_of(self) -> dict[str, Page]:
        return {item_id: page for page in self.pages for item_id in page.item_ids}

    def page_of(self, item_id: str) -> Page:
        """The page with this item; raises `Invalid` if there is none."""
        if item_id not in self._page_of:
            raise Invalid(item_id, _("%(part)s has no such question. Reload the page.", part=self.title))
        return self._page_of[item_id]

    def check_answer(self, item_id: str, value: Any) -> Any:
        """An answer in its stored form; raises `Invalid` with the item as its field.

        DISC: a block takes `{"most": statement, "least": another}`. Focus: a statement takes 1 to 5. Core Values:
        `narrow` takes a list of values and `rank` a list in order; both can be stored incomplete, and are `unanswered`
        until then.
        """
        return self._checked(self.page_of(item_id), item_id, value)

    def unanswered(self, answers: Answers, extended: bool = False) -> list[str]:
        """The items without a complete answer, in order; empty when the instrument can be scored."""
        return [item_id for item_id in self.item_ids if not self._is_complete(item_id, answers, extended)]

    def score(self, answers: Answers, extended: bool = False) -> dict[str, Any]:
        """The final result; raises `Invalid` for an unknown, wrong or missing answer."""
        checked = {item_id: self.check_answer(item_id, value) for item_id, value in answers.items()}
        if missing := self.unanswered(checked, extended):
            raise Invalid(missing[0], self._ask_for(missing[0], extended))
        return self._result(checked, extended)

    def ask_for(self, item_id: str, extended: bool = False) -> str:
        """The sentence that asks for an answer to this item."""
        return self._ask_for(item_id, extended)

    def straight_lined(self, answers: Answers) -> StraightLine:
        """How much the answers so far look as if the questions were not read."""
        return straight_lined(
            [self._mark(item_id, answers[item_id]) for item_id in self.item_ids if item_id in answers]
        )

    def place(self, item_id: str) -> int:
        """The number of this question, from 1."""
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
        """What people who do not read would repeat: the same position on the page."""
